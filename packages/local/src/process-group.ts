import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hasCode, pause, perform, type Flow, type Step } from "@runcache/core";

const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 50;

/** What SIGKILL does not end in this time hangs in the kernel, and nobody can wait for it. */
const KILL_MS = 5_000;

/**
 * Ends the process group `group`: SIGTERM, `graceMs`, then `stop` where given, SIGKILL. Returns when none
 * of it runs any more.
 */
export function* endGroup(group: number, graceMs: number, stop?: Step<void>): Flow<void> {
  if (stop === undefined && !groupRuns(group)) return;
  signalGroup(group, "SIGTERM");
  const ended = yield* waitForGroup(group, graceMs);
  if (stop !== undefined) yield* perform(stop);
  if (ended) return;
  signalGroup(group, "SIGKILL");
  yield* waitForGroup(group, KILL_MS);
}

/** Whether any process of the group runs. Those that ended and were not waited for do not count. */
export function groupRuns(group: number): boolean {
  if (!signalGroup(group, 0)) return false;
  return !existsSync("/proc/self/stat") || hasLiveMember(group);
}

/** Sends `signal` to the group; false where nothing has it. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    if (hasCode(error, "ESRCH")) return false;
    if (hasCode(error, "EPERM")) return true; // it changed its user: it runs, and is not ours to end
    throw error;
  }
}

function* waitForGroup(group: number, limitMs: number): Flow<boolean> {
  const deadline = performance.now() + limitMs;
  for (let pauseMs = FIRST_PAUSE_MS; groupRuns(group); pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    if (performance.now() >= deadline) return false;
    yield* pause(pauseMs);
  }
  return true;
}

/** A container whose first process waits for nobody is full of ended processes, which still have a group. */
function hasLiveMember(group: number): boolean {
  return readdirSync("/proc").some((name) => {
    if (!/^\d+$/.test(name)) return false;
    const stat = readIfAny(`/proc/${name}/stat`);
    const [state, , itsGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return itsGroup === String(group) && state !== "Z" && state !== "X";
  });
}

function readIfAny(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH")) return ""; // it ended meanwhile
    throw error;
  }
}
