// Writes the URL of every module that this process loads from a file to standard error: `node --import this-file`.
import { register } from "node:module";
import { writeSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

if (isMainThread) register(import.meta.url);

export async function load(url, context, nextLoad) {
  if (url.startsWith("file:")) writeSync(2, `${url}\n`);
  return await nextLoad(url, context);
}
