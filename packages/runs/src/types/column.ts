import type { JsonValue } from "@runcache/core";

/** What a column holds. */
export const COLUMN_KINDS = ["integer", "real", "text", "json"] as const;
export type ColumnKind = (typeof COLUMN_KINDS)[number];

/** What an index keeps in a column: JSON columns as canonical JSON text; null where the parameter is absent. */
export type ColumnValue = string | number | null;

/** A parameter that has a column of its own. `T` is what it is in TypeScript. */
export interface Column<T = unknown> {
  readonly kind: ColumnKind;
  /** Whether params may lack it; the record's field is then null. @default false */
  readonly isOptional: boolean;
  /** Only a type: no value is ever there. */
  readonly type?: T;
}

/** Name → column. The name is that of the parameter. */
export type Columns<K extends string = string> = Readonly<Record<K, Column>>;

// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- no columns are no fields
export type NoColumns = Columns<never>;

/** The typed fields that `C` adds to a record. */
export type ColumnFields<C extends Columns> = {
  readonly [K in keyof C]: C[K] extends Column<infer T> ? T : JsonValue;
};

type OptionalName<C extends Columns> = { [K in keyof C]: null extends ColumnFields<C>[K] ? K : never }[keyof C];

/** What params must have for the columns `C`; they may have more. */
export type ParamsOf<C extends Columns> = {
  readonly [K in Exclude<keyof C, OptionalName<C>>]: ColumnFields<C>[K];
} & { readonly [K in OptionalName<C>]?: ColumnFields<C>[K] | undefined };
