import { readFile } from "node:fs/promises";
import { entropicError, isObject, readRun, type EntropicRun, type UnreadableRun } from "./entropic-run.js";
import { readPythonJson } from "./python-json.js";

/** What is no parameter in a document. */
const RESERVED: readonly string[] = ["params_hash", "result_path", "created_at", "metadata"];

/**
 * The runs of the TinyDB file of entropic 2.0 and 2.1, in the order in which they were recorded.
 * @param database host path
 * @throws UsageError `ERR_RUNCACHE_ENTROPIC` where it is none; what reading throws
 */
export async function* tinyRuns(database: string): AsyncGenerator<EntropicRun | UnreadableRun> {
  const documents = tableOf(database, await readFile(database, "utf8"));
  const ids = Object.keys(documents).sort((a, b) => Number(a) - Number(b));
  for (const id of ids) yield runOf(id, documents[id]);
}

function tableOf(database: string, text: string): Readonly<Record<string, unknown>> {
  let file: unknown;
  try {
    // TinyDB makes an empty file, and writes to it later.
    file = text.trim() === "" ? {} : readPythonJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw entropicError(database, "it is neither a SQLite database nor the JSON of TinyDB", error);
  }
  const table = isObject(file) ? (file["_default"] ?? {}) : undefined;
  if (!isObject(file) || !isObject(table) || (Object.keys(file).length > 0 && file["_default"] === undefined)) {
    throw entropicError(database, "it is JSON, but has no table _default of TinyDB");
  }
  if (Object.values(table).some((document) => isObject(document) && "samples" in document)) {
    throw entropicError(database, "entropic 0.x made it, which keeps samples of files, and no runs");
  }
  return table;
}

function runOf(documentId: string, document: unknown): EntropicRun | UnreadableRun {
  if (!isObject(document)) return { id: documentId, fault: "its document is no object" };
  const hash = document["params_hash"];
  const params = Object.fromEntries(Object.entries(document).filter(([name]) => !RESERVED.includes(name)));
  return readRun(typeof hash === "string" ? hash : documentId, params, {
    resultFile: document["result_path"],
    createdAt: document["created_at"],
    metadata: document["metadata"],
  });
}
