import { UsageError } from "@runcache/core";
import { shown } from "./shown.js";

/** @throws UsageError `ERR_RUNCACHE_GRID` where `grid` has no points */
export function checkGrid(grid: unknown): void {
  const isIterable =
    typeof grid === "object" && grid !== null && (Symbol.iterator in grid || Symbol.asyncIterator in grid);
  if (isIterable) return;
  const message = `the grid is ${shown(grid)}; give a list of params, or expandGrid({ … }), zipGrid or randomGrid`;
  throw new UsageError("ERR_RUNCACHE_GRID", message);
}

/** Lists of at most `size` elements of `source`, which is read no further than that. */
export async function* chunksOf<T>(source: Iterable<T> | AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let chunk: T[] = [];
  const full = (): T[] => {
    const done = chunk;
    chunk = [];
    return done;
  };
  if (Symbol.asyncIterator in source) {
    for await (const element of source) if (chunk.push(element) === size) yield full();
  } else {
    // Not `for await`: it would wait for each element.
    for (const element of source) if (chunk.push(element) === size) yield full();
  }
  if (chunk.length > 0) yield chunk;
}
