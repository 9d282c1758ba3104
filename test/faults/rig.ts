import { spawn, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { makeCountingTool, type CountingTool } from "../kit/counting-tool.js";
import { makeTree } from "../kit/make-tree.js";
import { tempDir, type TempDir } from "../kit/temp-dir.js";
import { assertInvariants, watch } from "./invariants.js";

const ONE_RUN = fileURLToPath(new URL("one-run.mjs", import.meta.url));

/** A cache that processes of their own use, and that may be hurt. */
export interface FaultRig extends AsyncDisposable {
  readonly temp: TempDir;
  readonly tool: CountingTool;
  /** Host path of the cache; a test may mount something at its parent, `temp.join("disk")`. */
  readonly cacheDir: string;
  /** Arguments of a process that makes one call. */
  command(variant?: string): string[];
  /** Makes one call in a process of its own, `prefix` (strace, prlimit, …) in front, and waits for it. */
  run(options?: {
    prefix?: readonly string[];
    variant?: string;
    env?: Record<string, string>;
  }): SpawnSyncReturns<string>;
  /** Starts one call and does not wait. */
  start(variant?: string): {
    readonly pid: number;
    readonly ended: Promise<string>;
    readonly kill: (signal: NodeJS.Signals) => void;
  };
  /** I1 to I6, for this rig. */
  check(): Promise<void>;
}

export const OUTPUT = "one\n";

export async function makeFaultRig(): Promise<FaultRig> {
  const temp = await tempDir();
  await makeTree(temp.path, { data: { "in.txt": OUTPUT }, disk: {} });
  const tool = await makeCountingTool(temp.path);
  const inputs = await watch(temp.join("data"));
  const cacheDir = temp.join("disk/cache");
  // io_uring would do the work of system calls that strace is to see.
  const environment = { ...process.env, UV_USE_IO_URING: "0", XDG_CACHE_HOME: temp.join("xdg") };
  const command = (variant = "0"): string[] => [
    ...[process.execPath, ONE_RUN, cacheDir, temp.join("runs"), tool.path, temp.join("data/in.txt"), variant],
  ];
  return {
    temp,
    tool,
    cacheDir,
    command,
    run: ({ prefix = [], variant, env = {} } = {}) => {
      const [file = "", ...args] = [...prefix, ...command(variant)];
      return spawnSync(file, args, { encoding: "utf8", env: { ...environment, ...env }, timeout: 60_000 });
    },
    start: (variant) => {
      const [file = "", ...args] = command(variant);
      const child = spawn(file, args, { env: environment, stdio: ["ignore", "pipe", "ignore"] });
      let text = "";
      child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
      return {
        pid: child.pid ?? 0,
        ended: once(child, "close").then(() => text),
        kill: (signal) => void child.kill(signal),
      };
    },
    check: () => assertInvariants(cacheDir, inputs),
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}
