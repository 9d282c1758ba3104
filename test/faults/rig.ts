import { spawn, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CachingRunner, type CacheEvent } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { expect } from "vitest";
import { makeCountingTool, type CountingTool } from "../kit/counting-tool.js";
import { makeTree } from "../kit/make-tree.js";
import { tempDir, type TempDir } from "../kit/temp-dir.js";
import { assertInvariants, entryDirs, watch } from "./invariants.js";
import { oneCall } from "./one-call.mjs";

/** A cache that processes of their own use, and that may be hurt. */
export interface FaultRig extends AsyncDisposable {
  readonly temp: TempDir;
  readonly tool: CountingTool;
  /** Host path of the cache; a test may mount something at its parent, `temp.join("disk")`. */
  readonly cacheDir: string;
  /** Makes one call in a process of its own, `prefix` (strace, prlimit, …) in front, and waits for it. */
  run(options?: RunOptions): SpawnSyncReturns<string>;
  /** Starts one call and does not wait; its tool waits at the host directory `gate`. */
  start(variant?: string, gate?: string): StartedRun;
  /** Runs a program of this folder with these arguments, and waits for it. */
  runProgram(name: string, args: readonly string[], options?: ProgramOptions): SpawnSyncReturns<string>;
  /** Makes the same call in this process, twice: the first is a hit or a miss, the second a hit. Returns the hits of the first. */
  serve(variant?: string): number;
  /** Removes every entry, and nothing else. */
  forget(): void;
  /** A runner in this process. */
  runner(events?: CacheEvent[]): CachingRunner;
  /** I1, I2, I4 to I6 and I8, for this rig. */
  check(): Promise<void>;
}

export interface RunOptions {
  readonly prefix?: readonly string[];
  readonly variant?: string;
  readonly env?: Record<string, string>;
}

export interface ProgramOptions {
  /** Stands in front: strace, prlimit, … */
  readonly prefix?: readonly string[];
  /** Milliseconds after which it hangs, and is ended. */
  readonly hangsMs?: number;
}

export interface StartedRun {
  readonly pid: number;
  /** What it wrote to its standard output. */
  readonly ended: Promise<string>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

export const OUTPUT = "one\n";

export async function makeFaultRig(): Promise<FaultRig> {
  const temp = await tempDir("faults");
  await makeTree(temp.path, { data: { "in.txt": OUTPUT }, disk: {} });
  const tool = await makeCountingTool(temp.path);
  const inputs = await watch(temp.join("data"));
  const cacheDir = temp.join("disk/cache");
  // io_uring would do the work of system calls that strace is to see.
  const environment = { ...process.env, UV_USE_IO_URING: "0", XDG_CACHE_HOME: temp.join("xdg") };
  const callArgs = (variant = "0", ...gate: string[]): string[] => [
    ...[cacheDir, temp.join("runs"), tool.path, temp.join("data/in.txt"), variant, ...gate],
  ];
  const command = (program: string, args: readonly string[]): string[] => [
    ...[process.execPath, fileURLToPath(new URL(program, import.meta.url)), ...args],
  ];
  const runCommand = (
    command: readonly string[],
    env: Record<string, string> = {},
    timeout = HANGS_MS,
  ): SpawnSyncReturns<string> => {
    const [file = "", ...args] = command;
    return spawnSync(file, args, { encoding: "utf8", env: { ...environment, ...env }, timeout });
  };
  return {
    temp,
    tool,
    cacheDir,
    run: ({ prefix = [], variant, env } = {}) =>
      runCommand([...prefix, ...command("one-run.mjs", callArgs(variant))], env),
    runProgram: (name, args, { prefix = [], hangsMs } = {}) =>
      runCommand([...prefix, ...command(name, args)], {}, hangsMs),
    start: (variant, gate) => {
      const waiting = gate === undefined ? [] : [gate];
      const [file = "", ...args] = command("one-run.mjs", callArgs(variant, ...waiting));
      const child = spawn(file, args, { env: environment, stdio: ["ignore", "pipe", "ignore"] });
      let text = "";
      child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
      return {
        pid: child.pid ?? 0,
        ended: once(child, "close").then(() => text),
        kill: (signal) => void child.kill(signal),
      };
    },
    serve: (variant) => {
      const first = oneCall(callArgs(variant));
      expect(first.slice(2), "the result of the call (I1, I3)").toBe(OUTPUT);
      expect(oneCall(callArgs(variant)), "the result of a hit (I1)").toBe(`1 ${OUTPUT}`);
      return Number(first[0]);
    },
    forget: () => {
      for (const dir of entryDirs(cacheDir)) rmSync(dir, { recursive: true, force: true });
    },
    runner: (events = []) =>
      new CachingRunner({
        base: new LocalRunner({ dataDir: temp.join("runs") }),
        cacheDir,
        onEvent: (event) => void events.push(event),
      }),
    check: () => assertInvariants(cacheDir, inputs),
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}

/** A process that takes so long hangs. */
const HANGS_MS = 120_000;
