import { createHash } from "node:crypto";
import type { ColumnKind, ColumnValue, IndexContext, IndexFactory, IndexRow, RunIndex } from "@runcache/runs";

/** An index that the suite is held against. */
export interface IndexUnderTest {
  readonly name: string;
  readonly make: IndexFactory;
  /** How another process makes the same: what `@runcache/runs` exports, and what that is called with in a directory. Null where none can. */
  readonly shared: { readonly exported: string; readonly args?: (dir: string) => readonly unknown[] } | null;
  /** Whether what it needs is not here; the reason was printed. */
  readonly missing?: boolean;
}

/** Columns of every index of the suite: two differ only in case. */
export const KINDS: Readonly<Record<string, ColumnKind>> = {
  n: "integer",
  t: "real",
  T: "real",
  method: "text",
  tags: "json",
};

export const CONTEXT: Omit<IndexContext, "dir"> = { name: "suite", columns: KINDS };

/** A row whose columns are taken from its params. */
export function makeRow(
  n: number,
  params: Readonly<Record<string, unknown>> = {},
  rest: Partial<IndexRow> = {},
): IndexRow {
  const all: Readonly<Record<string, unknown>> = { n, ...params };
  const columns = Object.fromEntries(Object.entries(KINDS).map(([name, kind]) => [name, columnOf(kind, all[name])]));
  return {
    id: idOf(n),
    name: CONTEXT.name,
    version: "1",
    replicate: 0,
    params: canonical(all),
    resultFile: "result.dat",
    resultSize: 10 * n,
    resultMtimeNs: `17${String(n).padStart(17, "0")}`,
    createdAt: new Date(1_700_000_000_000 + (n % 1e6) * 1000).toISOString(),
    elapsedSeconds: n / 8,
    metadata: "{}",
    columns,
    ...rest,
  };
}

export function idOf(n: number): string {
  return createHash("sha256").update(String(n)).digest("hex");
}

/** The numbers of `rows`, in their order. */
export function numbersOf(rows: readonly IndexRow[]): number[] {
  return rows.map(({ params }) => (JSON.parse(params) as { n: number }).n);
}

export async function opened(subject: IndexUnderTest, dir: string): Promise<RunIndex & AsyncDisposable> {
  const index = subject.make({ ...CONTEXT, dir });
  await index.open();
  return Object.assign(index, { [Symbol.asyncDispose]: () => index.close() });
}

function columnOf(kind: ColumnKind, value: unknown): ColumnValue {
  if (value === undefined || value === null) return null;
  return kind === "json" ? canonical(value) : (value as ColumnValue);
}

function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const object = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(object).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(object[key])}`).join(",")}}`;
}
