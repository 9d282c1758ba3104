import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { tempDir } from "../kit/temp-dir.js";

/** Absolute path of a program that records what `apptainer` is told, and does it on this machine. */
export const apptainerStandIn = fileURLToPath(new URL("../fixtures/bin/apptainer-stand-in", import.meta.url));

/** One call of the stand-in. */
export interface RecordedCall {
  readonly argv: readonly string[];
  /** Variables for the container, with their prefix. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The calls that the stand-in wrote to the file `record`, in their order. */
export async function recordedCalls(record: string): Promise<RecordedCall[]> {
  const lines = (await readFile(record, "utf8")).trim().split("\n");
  return lines.map((line) => JSON.parse(line) as RecordedCall);
}

/** A file that passes for an image of Apptainer. */
export async function makeSif(content = "image one"): Promise<AsyncDisposable & { readonly path: string }> {
  const dir = await tempDir("sif");
  await writeFile(dir.join("image.sif"), content);
  return { path: dir.join("image.sif"), [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}
