import { CachingRunner, type CacheEvent, type CacheEventType, type CachePolicy, type Metadata } from "@runcache/core";
import { LocalRunner, type LocalRunnerOptions } from "@runcache/local";
import { makeCountingTool, type CountingTool } from "../kit/counting-tool.js";
import { makeTree, type Tree } from "../kit/make-tree.js";
import { tempDir, type TempDir } from "../kit/temp-dir.js";

/** A cache, a counting tool and some input files in a temporary directory. */
export interface Rig extends AsyncDisposable {
  readonly temp: TempDir;
  readonly cacheDir: string;
  readonly tool: CountingTool;
  readonly events: CacheEvent[];
  /** Another runner on the same cache, as a later process would make it. */
  runner(options?: RigOptions): CachingRunner;
  /** One call of the tool as a generated wrapper would make it. Returns the announced paths. */
  call(runner: CachingRunner, call?: Partial<Call>): Announced;
  /** Events of one type. */
  of<T extends CacheEventType>(type: T): Extract<CacheEvent, { type: T }>[];
}

export interface RigOptions {
  readonly policy?: CachePolicy;
  readonly local?: LocalRunnerOptions;
}

export interface Call {
  readonly metadata: Metadata;
  readonly params: object;
  readonly inputs: readonly string[];
  /** Arguments of the counting tool, given the paths that `inputFile` returned. */
  readonly args: (inputs: readonly string[]) => readonly string[];
  readonly outputs: readonly string[];
  readonly onStdout: (line: string) => void;
  readonly onStderr: (line: string) => void;
}

export interface Announced {
  readonly root: string;
  readonly outputs: readonly string[];
}

export const METADATA: Metadata = { id: "wrapper-1", name: "counting-tool", package: "demo" };

export async function makeRig(tree: Tree = { "in.txt": "one\n" }): Promise<Rig> {
  const temp = await tempDir();
  const cacheDir = temp.join("cache");
  await makeTree(temp.join("data"), tree);
  const tool = await makeCountingTool(temp.path);
  const events: CacheEvent[] = [];
  return {
    temp,
    cacheDir,
    tool,
    events,
    runner: ({ policy, local } = {}) =>
      new CachingRunner({
        base: new LocalRunner({ dataDir: temp.join("runs"), ...local }),
        cacheDir,
        onEvent: (event) => void events.push(event),
        ...(policy === undefined ? {} : { policy }),
      }),
    call: (runner, call) => callTool(runner, tool, { inputs: [temp.join("data/in.txt")], ...call }),
    of: (type) => events.filter((event): event is Extract<CacheEvent, { type: typeof type }> => event.type === type),
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}

function callTool(
  runner: CachingRunner,
  tool: CountingTool,
  { metadata = METADATA, params = {}, inputs = [], outputs = ["out.txt"], ...call }: Partial<Call>,
): Announced {
  const args = call.args ?? (([first]) => ["--copy", first ?? "/dev/null", "out.txt"]);
  const execution = runner.startExecution(metadata);
  execution.params(params);
  const seen = inputs.map((input) => execution.inputFile(input));
  const root = execution.outputFile(".");
  const announced = outputs.map((name) => execution.outputFile(name));
  execution.run([tool.path, ...args(seen)], call.onStdout, call.onStderr);
  return { root, outputs: announced };
}
