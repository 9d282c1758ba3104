import type { JsonValue } from "@runcache/core";
import type { ColumnFields, Columns, NoColumns } from "./column.js";
import type { Params } from "../params.js";

/** The fields that every record has. */
export const RECORD_FIELDS = [
  "id",
  "shortId",
  "name",
  "version",
  "replicate",
  "params",
  "resultFile",
  "resultSize",
  "createdAt",
  "elapsedSeconds",
  "metadata",
] as const satisfies readonly (keyof RunFields)[];

/** What is known of a run, whatever its columns. */
export interface RunFields {
  /** The entry's key: 64 lower-case hex. */
  readonly id: string;
  /** The first 16 of the id. */
  readonly shortId: string;
  /** Of the store. */
  readonly name: string;
  readonly version: string;
  /** 0, or the number of a replicate that `keep: true` made. */
  readonly replicate: number;
  /** Normalised. */
  readonly params: Params;
  /** Host path. */
  readonly resultFile: string;
  /** Bytes. */
  readonly resultSize: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Seconds that the runner took. */
  readonly elapsedSeconds: number;
  readonly metadata: Readonly<Record<string, JsonValue>>;
}

/** A run: frozen, all the way down. The declared columns are fields of it. */
export type RunRecord<C extends Columns = NoColumns> = RunFields & ColumnFields<C>;
