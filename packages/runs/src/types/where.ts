import type { ColumnKind } from "./column.js";

/** Fields of a record that every store has, and that `where` and `orderBy` may name. */
export const BUILT_IN_FIELDS = [
  "id",
  "version",
  "resultFile",
  "resultSize",
  "createdAt",
  "elapsedSeconds",
  "replicate",
] as const;
export type BuiltInField = (typeof BUILT_IN_FIELDS)[number];

/**
 * A value of a record. `path` leads into JSON, by the keys of objects only, as the canonical text has them
 * (there, a user's key that begins with `$` has one more); keys may hold any character.
 */
export type FieldRef =
  | { readonly kind: "built-in"; readonly name: BuiltInField }
  /** `path` is empty but for JSON columns. */
  | {
      readonly kind: "column";
      readonly name: string;
      readonly columnKind: ColumnKind;
      readonly path: readonly string[];
    }
  /** At least one step. */
  | { readonly kind: "param" | "metadata"; readonly path: readonly string[] };

/** What a field is held against. */
export type Scalar = string | number | boolean;

/**
 * A condition, already parsed and checked by the store: an index only translates it.
 *
 * A value that is absent, or of another JSON type than the operand, satisfies no comparison: `gt 5` is
 * false of the text "7", `eq true` of the number 1. Text is ordered by its UTF-8 bytes.
 */
export type Where =
  | { readonly op: "eq" | "gt" | "gte" | "lt" | "lte"; readonly field: FieldRef; readonly value: Scalar }
  /** JSON that equals an array or an object; `json` is its canonical text, as `params` are written. */
  | { readonly op: "eq-json"; readonly field: FieldRef; readonly json: string }
  /** The value is JSON's null; of a column with an empty path: the parameter is null or absent. */
  | { readonly op: "is-null"; readonly field: FieldRef }
  /** Never true of no values. */
  | { readonly op: "in"; readonly field: FieldRef; readonly values: readonly Scalar[] }
  /** Of text only; `%` is any text, `_` one character, `\` takes the next one literally. Case matters. */
  | { readonly op: "like"; readonly field: FieldRef; readonly pattern: string }
  /** Whether there is a value at all, JSON's null included; a column exists where it is not null. */
  | { readonly op: "exists"; readonly field: FieldRef; readonly exists: boolean }
  /** True of no terms. */
  | { readonly op: "and"; readonly terms: readonly Where[] }
  /** False of no terms. */
  | { readonly op: "or"; readonly terms: readonly Where[] };

/** One level of an order. Absent values come last in either direction; then numbers, text and the rest. */
export interface OrderTerm {
  readonly field: FieldRef;
  readonly descending: boolean;
}

/** What is asked of an index. */
export interface RunQuery {
  readonly where?: Where;
  /** Ties, and everything where it is empty, are ordered by `createdAt`, then `id`, ascending. */
  readonly orderBy?: readonly OrderTerm[];
  readonly limit?: number;
  readonly offset?: number;
  /** Only what was created then or later: as `IndexRow.createdAt`. */
  readonly since?: string;
}
