import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { hasCode } from "../types/errors.js";

/** What tells one process from every other, also after its pid was given to another. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** Start time as the system counts it; null where it cannot be told. */
  readonly startTime: string | null;
  /** Identity of the running system since its start; null where there is none. */
  readonly bootId: string | null;
  /** Identity of the installed system; null where it has none, absent where it was not asked for. */
  readonly machineId?: string | null;
  /** What gives the pid its meaning: containers count their own; absent where it was not asked for. */
  readonly pidNamespace?: string | null;
}

let own: ProcessIdentity | undefined;

/** The identity of this process. */
export function processIdentity(): ProcessIdentity {
  own ??= {
    host: hostname(),
    pid: process.pid,
    startTime: startTimeOf(process.pid),
    bootId: readIfAny("/proc/sys/kernel/random/boot_id"),
    machineId: readIfAny("/etc/machine-id"),
    pidNamespace: pidNamespace(),
  };
  return own;
}

/** Whether `owner` certainly lives or is certainly dead; of other machines and containers nothing is known. */
export function lifeOf(owner: ProcessIdentity): "alive" | "dead" | "unknown" {
  const here = processIdentity();
  const { host, machineId = here.machineId, pidNamespace: namespace = here.pidNamespace } = owner;
  // Two machines may have the same host name: cloned, or never named.
  if (host !== here.host || machineId !== here.machineId) return "unknown";
  if (owner.bootId !== here.bootId) return machineId === null ? "unknown" : "dead";
  if (namespace !== here.pidNamespace) return "unknown";
  return isRunning(owner.pid) && owner.startTime === startTimeOf(owner.pid) ? "alive" : "dead";
}

/** Whether `owner` ran on this machine and is certainly dead. */
export function isDeadHere(owner: ProcessIdentity): boolean {
  return lifeOf(owner) === "dead";
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (hasCode(error, "ESRCH")) return false;
    if (hasCode(error, "EPERM")) return true;
    throw error;
  }
}

/**
 * Start time of the process `task`, or of the thread `pid/task/id`: field 22 of proc(5)'s stat; the name in field 2
 * may hold spaces and brackets. Null where it cannot be told.
 */
export function startTimeOf(task: number | string): string | null {
  const stat = readIfAny(`/proc/${task}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}

function pidNamespace(): string | null {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch (error) {
    if (hasCode(error, "ENOENT", "EACCES")) return null;
    throw error;
  }
}

/** Null where there is no such file, nothing in it, or the process is gone. */
function readIfAny(path: string): string | null {
  try {
    const text = readFileSync(path, "utf8").trim();
    return text === "" ? null : text;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH", "EACCES")) return null;
    throw error;
  }
}
