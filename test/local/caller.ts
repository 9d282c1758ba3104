import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { fifo, makeTree } from "../kit/make-tree.js";

const PROGRAM = fileURLToPath(new URL("caller.mjs", import.meta.url));

/** Inherited by everything that starts below a caller: Node marks only the first descriptors close-on-exec. */
const LIFELINE_FD = 20;

/** A process that runs tools, for tests that kill it. */
export interface Caller {
  readonly process: ChildProcess;
  /** How the caller ended: its exit code, or the signal. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Fulfilled when nothing lives any more of all that ever started below the caller, itself included. */
  readonly allGone: Promise<void>;
}

/**
 * Starts `caller.mjs`.
 * @param dir host path of an empty directory
 * @param args its arguments: what it does, and with which tool
 */
export async function startCaller(dir: string, ...args: readonly string[]): Promise<Caller> {
  await makeTree(dir, { lifeline: fifo() });
  const lifeline = path.join(dir, "lifeline");
  const reader = openSync(lifeline, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(lifeline, constants.O_WRONLY);
  const stdio: ("ignore" | "inherit" | number)[] = ["ignore", "inherit", "inherit"];
  for (let fd = stdio.length; fd < LIFELINE_FD; fd++) stdio.push("ignore");
  const child = spawn(process.execPath, [PROGRAM, dir, ...args], { stdio: [...stdio, writer] });
  closeSync(writer);
  return {
    process: child,
    ended: new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal ?? code))),
    allGone: new Promise((resolve) => {
      // The last one of them that ends closes the pipe.
      const socket = new Socket({ fd: reader, readable: true, writable: false });
      socket.resume().once("close", () => resolve());
    }),
  };
}
