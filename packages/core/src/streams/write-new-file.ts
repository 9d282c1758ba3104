import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";

/** Options of `writeNewFile`. */
export interface NewFileOptions {
  readonly mode?: number;
  /** Whether its content is on the disk when the promise resolves. @default false */
  readonly flush?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Writes what goes through `stages`, a source and any transforms, to a new file at the host path `file`. Once the promise
 * settles, nothing is done to the file any more, so that a caller can remove it: Node's `pipeline` alone may reject while
 * the file is still being opened.
 * @throws what a stage throws, the signal's `AbortError`, or the file system's error
 */
export async function writeNewFile(
  file: string,
  stages: readonly [AsyncIterable<unknown>, ...NodeJS.ReadWriteStream[]],
  { signal, ...options }: NewFileOptions = {},
): Promise<void> {
  const sink = createWriteStream(file, { flags: "wx", ...options });
  const closed = new Promise<void>((resolve) => {
    sink.once("close", () => {
      resolve();
    });
  });
  const [source, ...transforms] = stages;
  // Node's type of a list knows no iterables, which it takes as a first stage.
  const all = [source as unknown as NodeJS.ReadableStream, ...transforms, sink];
  try {
    await pipeline(all, signal === undefined ? {} : { signal });
  } finally {
    await closed;
  }
}
