import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hasCode, pause, perform, type Flow, type Step } from "@runcache/core";

const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 50;

/** What a tool leaves for this time ends by itself: bash waits for no `>(tee log)`. */
const LINGER_MS = 1_000;

/** What SIGKILL does not end in this time hangs in the kernel, and nobody can wait for it. */
const KILL_MS = 5_000;

/**
 * Waits `lingerMs` for the rest of the process group `group`, whose leader has ended, then ends it. Returns what had
 * to be ended, in words, or null.
 */
export function* endLeft(group: number, graceMs: number, lingerMs = LINGER_MS): Flow<string | null> {
  if (yield* waitForGroup(group, lingerMs)) return null;
  const left = liveMembers(group)?.join(", ") ?? "a process";
  yield* endGroup(group, graceMs);
  return left === "" ? null : left; // it may have ended at the last moment
}

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
  return liveMembers(group)?.length !== 0;
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

/**
 * What runs in the group, in words; null where the system does not tell. A container whose first process waits for
 * nobody is full of ended processes, which still have a group.
 */
function liveMembers(group: number): string[] | null {
  if (!existsSync("/proc/self/stat")) return null;
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    const stat = readIfAny(`/proc/${pid}/stat`);
    const nameEnd = stat.lastIndexOf(")");
    const [state, , itsGroup] = stat.slice(nameEnd + 2).split(" ");
    const runs = itsGroup === String(group) && state !== "Z" && state !== "X";
    return runs ? [`process ${pid} ${stat.slice(stat.indexOf("("), nameEnd + 1)}`] : [];
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
