// What a user's compiler sees, without skipLibCheck.
import {
  CachingRunner,
  ToolError,
  type CacheEvent,
  type CachePolicy,
  type Metadata,
  type Runner,
} from "@runcache/core";
import { LocalRunner } from "@runcache/local";

const events: CacheEvent[] = [];
const policy: CachePolicy = { envAllowlist: ["OMP_NUM_THREADS"], ignoreParams: { "demo/sort": ["nthreads"] } };
const runner: Runner & CachingRunner = new CachingRunner({
  base: new LocalRunner(),
  policy,
  onEvent: (event) => events.push(event),
});
const metadata: Metadata = { id: "sort-1", name: "sort", package: "demo" };

/** As generated wrappers call it. */
export function sort(file: string): string {
  const execution = runner.startExecution(metadata);
  execution.params({ file });
  const cargs = ["sort", execution.inputFile(file), "-o", "sorted.txt"];
  const sorted = execution.outputFile("sorted.txt");
  execution.run(cargs, (line: string) => process.stdout.write(line));
  return sorted;
}

/** As scripts without wrappers call it. */
export async function count(file: string): Promise<string> {
  try {
    const result = await runner.exec({ id: "wc-1", name: "wc" }, (io) => ["wc", "-l", io.input(file)]);
    return `${result.status} ${result.key} ${result.durationMs.toFixed(0)} ms`;
  } catch (error) {
    if (error instanceof ToolError) return `failed with ${error.exitCode}`;
    throw error;
  }
}
