import { readlinkSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { hasCode } from "../types/errors.js";
import { lifeOf, processIdentity, startTimeOf, type ProcessIdentity } from "./process-identity.js";

/** What tells one thread from every other: its process may live on for long. */
export interface ThreadIdentity extends ProcessIdentity {
  /** Absent of a main thread, which ends with its process, and where the system does not tell. */
  readonly thread?: {
    /** As the system counts threads. */
    readonly id: number;
    readonly startTime: string;
  };
}

let own: ThreadIdentity | undefined;

/** The identity of this thread. */
export function threadIdentity(): ThreadIdentity {
  own ??= isMainThread ? processIdentity() : { ...processIdentity(), ...ownThread() };
  return own;
}

/** Whether the thread `owner` certainly lives or is certainly dead. */
export function lifeOfThread(owner: ThreadIdentity): ReturnType<typeof lifeOf> {
  const life = lifeOf(owner);
  return life === "alive" && isOver(owner) ? "dead" : life;
}

/** Asked of a process that lives. What does not say so as we do says nothing. */
function isOver({ pid, thread }: ThreadIdentity): boolean {
  if (typeof thread?.id !== "number" || typeof thread.startTime !== "string") return false;
  return startTimeOf(`${pid}/task/${thread.id}`) !== thread.startTime;
}

/** Linux has a directory for each thread, and a link that leads every thread to its own. */
function ownThread(): Pick<ThreadIdentity, "thread"> {
  try {
    const [pid, , id] = readlinkSync("/proc/thread-self").split("/").map(Number);
    const startTime = startTimeOf(`${pid}/task/${id}`);
    // Where /proc is that of another container, it counts otherwise.
    return pid === process.pid && id !== undefined && startTime !== null ? { thread: { id, startTime } } : {};
  } catch (error) {
    if (hasCode(error, "ENOENT", "EACCES")) return {};
    throw error;
  }
}
