import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { openGate, type Gate } from "../kit/gate.js";
import type { TempDir } from "../kit/temp-dir.js";
import { ask, tryToAsk, type TestedEngine } from "./engines.js";

const program = fileURLToPath(new URL("run-waiting-tool.mjs", import.meta.url));

/** The command line of a tool that says it is there and waits to be let go. @param gateDir as the tool sees it */
export function waitAt(gateDir: string): string[] {
  return ["sh", "-c", 'echo arrived > "$1/arrived"; read -r _ < "$1/released"', "sh", gateDir];
}

/** A process that runs such a tool in a container. Its scope ends with the gate's: by then the tool has ended. */
export interface WaitingTool extends Disposable {
  readonly caller: ChildProcess;
  readonly gate: Gate;
  /** Id of the container. */
  readonly container: string;
}

/** Starts it, and comes back once the tool is running. @param how `run` blocks, `runAsync` does not */
export async function startWaitingTool(
  engine: TestedEngine,
  dir: TempDir,
  how: "run" | "runAsync",
): Promise<WaitingTool> {
  const gate = await openGate(dir.join("gate"));
  const caller = spawn(process.execPath, [program, engine.name, how, gate.dir], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, RUNCACHE_DATA_DIR: dir.join("data") },
  });
  const early = once(caller, "exit").then(() =>
    Promise.reject(new Error("the caller ended before its tool was there")),
  );
  await Promise.race([gate.arrived(), early]);
  early.catch(() => undefined); // from now on it may end
  const [container = ""] = containersOf(engine, caller.pid ?? 0);
  return { caller, gate, container, [Symbol.dispose]: () => gate[Symbol.dispose]() };
}

/** Ids of the containers that a process started. */
export function containersOf(engine: TestedEngine, pid: number): string[] {
  const ids = ask(engine, "ps", "--all", "--quiet", "--no-trunc", "--filter", "label=dev.runcache.owner").split("\n");
  const format = '{{index .Config.Labels "dev.runcache.owner"}}';
  return ids.filter((id) => {
    if (id === "") return false;
    const { stdout } = tryToAsk(engine, "inspect", "--format", format, id); // it may go while we look
    return stdout.split(":")[1] === String(pid);
  });
}

/** Whether the engine still has the container, running or not. */
export function isThere(engine: TestedEngine, container: string): boolean {
  return ask(engine, "ps", "--all", "--quiet", "--no-trunc", "--filter", `id=${container}`) !== "";
}

/** Comes back when the container is gone. */
export function waitUntilGone(engine: TestedEngine, container: string): void {
  // `wait` blocks until the container has ended; for one that is gone it fails at once.
  while (isThere(engine, container)) tryToAsk(engine, "wait", container);
}
