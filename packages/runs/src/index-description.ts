import { randomUUID } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { debugLog, hasCode } from "@runcache/core";
import { COLUMN_KINDS, type ColumnKind } from "./types/column.js";

/** What a store's index is: for whoever opens the store without knowing it. */
export interface IndexDescription {
  /** Of the index: `sqlite`, `postgres`, … */
  readonly kind: string;
  /** Declared columns, sorted by name. */
  readonly columns: readonly (readonly [name: string, kind: ColumnKind])[];
}

/** Ends the names of descriptions, after the store's. */
const SUFFIX = ".store.json";

/** Notes in the host directory `dir` what the index of the store `name` is. Where that cannot be written, nobody needs it. */
export function describeIndex(dir: string, name: string, { kind, columns }: IndexDescription): void {
  const file = join(dir, `${name}${SUFFIX}`);
  const text = `${JSON.stringify({ index: kind, columns })}\n`;
  const draft = `${file}.${randomUUID()}`;
  try {
    if (readIfThere(file) === text) return;
    writeFileSync(draft, text, { flag: "wx" });
    chmodSync(draft, statSync(dir).mode & 0o666); // for those who may use the directory
    renameSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    debugLog("index", "%s was not written: %s", file, error.message);
    rmSync(draft, { force: true });
  }
}

/** Descriptions in the host directory `dir`, by the names of their stores. What is none is passed over. */
export function readDescriptions(dir: string): ReadonlyMap<string, IndexDescription> {
  const found = new Map<string, IndexDescription>();
  for (const file of namesIn(dir)) {
    if (!file.endsWith(SUFFIX)) continue;
    const description = parse(readIfThere(join(dir, file)));
    if (description !== null) found.set(file.slice(0, -SUFFIX.length), description);
  }
  return found;
}

/** What lies in the host directory `dir`; nothing where it is missing. */
export function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

/** Null also where it cannot be read: nobody depends on it. */
function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return null;
    throw error;
  }
}

function parse(text: string | null): IndexDescription | null {
  try {
    const { index, columns } = JSON.parse(text ?? "") as { index?: unknown; columns?: unknown };
    return typeof index === "string" && Array.isArray(columns) ? { kind: index, columns: knownColumns(columns) } : null;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

/** Those of kinds that this runcache knows. */
export function knownColumns(columns: readonly unknown[]): IndexDescription["columns"] {
  return columns.filter((column): column is readonly [string, ColumnKind] => {
    const [name, kind] = Array.isArray(column) ? (column as unknown[]) : [];
    return typeof name === "string" && COLUMN_KINDS.includes(kind as ColumnKind);
  });
}
