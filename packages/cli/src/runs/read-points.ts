import { open } from "node:fs/promises";
import { UsageError } from "@runcache/core";

/** Points of params: as they are read. */
export type Points = Iterable<object> | AsyncIterable<object>;

/**
 * The points that a JSON Lines file holds (`-` is standard input), or else the grid of `axes`: `dt=0.1,0.01`.
 * @param file host path
 * @throws UsageError `ERR_RUNCACHE_POINTS`, `ERR_RUNCACHE_GRID`
 */
export async function readPoints(file: string | undefined, axes: readonly string[]): Promise<Points> {
  if (file !== undefined) {
    if (axes.length > 0)
      throw pointsError(`points come from a file or from --grid: leave ${file} or --grid out`, { file });
    return pointsOfFile(file);
  }
  if (axes.length === 0)
    throw pointsError("say which runs: --grid dt=0.1,0.01 …, or a file with one JSON object a line");
  const { expandGrid, parseAxisText } = await import("@runcache/runs");
  const parsed = axes.map((text) => parseAxisText(text));
  const names = parsed.map(([name]) => name);
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined)
    throw pointsError(`--grid names ${JSON.stringify(twice)} twice: give all its values at once`);
  return expandGrid(Object.fromEntries(parsed));
}

async function* pointsOfFile(file: string): AsyncGenerator<object> {
  let number = 0;
  for await (const line of linesOf(file)) {
    number++;
    if (line.trim() !== "") yield pointOf(line, file, number);
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  if (file === "-") {
    const { createInterface } = await import("node:readline");
    yield* createInterface({ input: process.stdin, crlfDelay: Infinity });
    return;
  }
  const handle = await open(file).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw pointsError(`the points cannot be read: ${reason}`, { file });
  });
  try {
    yield* handle.readLines();
  } finally {
    await handle.close();
  }
}

function pointOf(line: string, file: string, number: number): object {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  const shown = line.length > 60 ? `${line.slice(0, 60)}…` : line;
  throw pointsError(`line ${number} of ${file} is no JSON object: ${shown}`, { file, line: number });
}

function pointsError(message: string, facts: Readonly<Record<string, unknown>> = {}): UsageError {
  return new UsageError("ERR_RUNCACHE_POINTS", message, facts);
}
