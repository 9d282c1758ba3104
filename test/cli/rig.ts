import { spawn, spawnSync, type ChildProcess, type SpawnSyncReturns } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { makeCountingTool, type CountingTool } from "../kit/counting-tool.js";
import { file, makeTree, type Tree } from "../kit/make-tree.js";
import { tempDir, type TempDir } from "../kit/temp-dir.js";

/** Absolute path of the executable, as package.json names it. */
export const executable = findExecutable();

/** How a call of the executable ended. */
export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to call the executable. */
export interface CallOptions {
  /** Host path, absolute or below the rig's working directory. */
  readonly cwd?: string;
  /** On top of the rig's environment; undefined unsets. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What standard input holds; none by default. */
  readonly input?: string | Uint8Array;
}

/** A working directory, a cache and a counting tool, called `tool` on PATH. */
export interface CliRig extends AsyncDisposable {
  readonly temp: TempDir;
  readonly cacheDir: string;
  /** Host path of the working directory. */
  readonly work: string;
  readonly tool: CountingTool;
  readonly env: Readonly<Record<string, string>>;
  /** Host path of something in the working directory. */
  at(...parts: string[]): string;
  /** Calls `runcache` and waits for its end. */
  call(...words: string[]): Ended;
  callWith(options: CallOptions, ...words: string[]): Ended;
  /** Runs a script of the shell, with `runcache` on its PATH. */
  shell(script: string): Ended;
  /** Starts `runcache` and does not wait. */
  start(options: CallOptions, ...words: string[]): ChildProcess;
}

/** Makes a rig whose working directory holds `tree`. */
export async function makeCliRig(tree: Tree = { "in.txt": "one\n" }): Promise<CliRig> {
  const temp = await tempDir("cli");
  const work = temp.join("work");
  const cacheDir = temp.join("cache");
  await makeTree(work, tree);
  // As if it had just been said that the disk fills up: whether it does is no matter of these tests.
  await makeTree(temp.join("home/.local/state/runcache"), { "disk-warning": "" });
  const tool = await makeCountingTool(temp.path, { name: "tool" });
  await makeTree(tool.binDir, {
    runcache: file(`#!/bin/sh\nexec "${process.execPath}" "${executable}" "$@"\n`, { mode: 0o755 }),
  });
  const env = {
    PATH: `${tool.binDir}:${process.env["PATH"] ?? ""}`,
    HOME: temp.join("home"),
    LANG: "C.UTF-8",
    RUNCACHE_DIR: cacheDir,
  };
  const optionsOf = ({ cwd = ".", env: more = {} }: CallOptions) => {
    const variables: Readonly<Record<string, string | undefined>> = { ...env, ...more };
    return { cwd: path.resolve(work, cwd), env: { ...variables } };
  };
  const callWith = (options: CallOptions, ...words: string[]): Ended => {
    const stdin = options.input === undefined ? "ignore" : "pipe";
    return ended(
      spawnSync(process.execPath, [executable, ...words], {
        ...optionsOf(options),
        input: options.input ?? "",
        stdio: [stdin, "pipe", "pipe"],
        encoding: "utf8",
        maxBuffer: 1 << 30,
      }),
    );
  };
  return {
    temp,
    cacheDir,
    work,
    tool,
    env,
    at: (...parts) => path.join(work, ...parts),
    call: (...words) => callWith({}, ...words),
    callWith,
    shell: (script) =>
      ended(spawnSync("sh", ["-c", script], { ...optionsOf({}), stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" })),
    start: (options, ...words) => spawn(process.execPath, [executable, ...words], optionsOf(options)),
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}

function ended({ status, signal, stdout, stderr }: SpawnSyncReturns<string>): Ended {
  return { code: status, signal, stdout, stderr };
}

function findExecutable(): string {
  const packageJson = createRequire(import.meta.url).resolve("runcache/package.json");
  const { bin } = JSON.parse(readFileSync(packageJson, "utf8")) as { bin: { runcache: string } };
  return path.resolve(path.dirname(packageJson), bin.runcache);
}
