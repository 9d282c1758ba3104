import { jcs, selectHasher, type JsonValue } from "@runcache/core";
import type { IndexRow, IndexStamp } from "../types/run-index.js";
import { RunIndexError } from "./run-index-error.js";

/** What a line of the file says. */
export type Line =
  | { readonly row: IndexRow }
  | { readonly removed: readonly string[] }
  | { readonly stamp: IndexStamp }
  /** Everything before it is void, damage included. */
  | { readonly cleared: true };

/** A line begins with a checksum of everything behind this prefix. */
const PREFIX = /^\{"sum":"([0-9a-f]{16})",/;
const PREFIX_LENGTH = `{"sum":"${"0".repeat(16)}",`.length;

/** The text of a line, its line feed included. Params and metadata are JSON in it, not text: `jq` reads them. */
export function encodeLine(line: Line): string {
  const rest = "row" in line ? `"row":${rowText(line.row)}}` : JSON.stringify(line).slice(1);
  return `{"sum":"${checksum(rest)}",${rest}\n`;
}

/**
 * What the text of a line, without its line feed, says; null where a killed process left only its
 * beginning, or nothing.
 * @throws RunIndexError `ERR_RUNCACHE_INDEX_CORRUPT` where it is no line that was ever written
 */
export function decodeLine(text: string, file: string): Line | null {
  if (!text.endsWith("}")) return null;
  const [, sum] = PREFIX.exec(text) ?? [];
  const rest = text.slice(PREFIX_LENGTH);
  if (sum === undefined || checksum(rest) !== sum) {
    throw new RunIndexError("ERR_RUNCACHE_INDEX_CORRUPT", file, `${file} holds a line whose checksum is not its own.`);
  }
  const line = JSON.parse(`{${rest}`) as Line;
  if (!("row" in line)) return line;
  const { params, metadata, ...row } = line.row as unknown as { params: JsonValue; metadata: JsonValue } & IndexRow;
  return { row: { ...row, params: jcs(params), metadata: jcs(metadata) } };
}

/** Params and metadata are JSON text already. */
function rowText({ params, metadata, ...row }: IndexRow): string {
  return `${JSON.stringify(row).slice(0, -1)},"params":${params},"metadata":${metadata}}`;
}

function checksum(text: string): string {
  return selectHasher()
    .hash(Buffer.from(text, "utf8"))
    .slice("b3:".length, "b3:".length + 16);
}
