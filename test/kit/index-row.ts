import { createHash } from "node:crypto";

/** A row of an index of runs, as `IndexRow` of @runcache/runs. */
export interface MadeRow {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly replicate: number;
  readonly params: string;
  readonly resultFile: string;
  readonly resultSize: number;
  readonly resultMtimeNs: string;
  readonly createdAt: string;
  readonly elapsedSeconds: number;
  readonly metadata: string;
  readonly columns: Readonly<Record<string, string | number | null>>;
}

/**
 * Makes the row of run `n`: a later `n` was created later.
 * @param columns also its params
 */
export function makeRow(n: number, columns: MadeRow["columns"], changes: Partial<MadeRow> = {}): MadeRow {
  return {
    id: createHash("sha256").update(String(n)).digest("hex"),
    name: "s",
    version: "1",
    replicate: 0,
    params: JSON.stringify(Object.fromEntries(Object.entries(columns).sort(byName))),
    resultFile: "result.json",
    resultSize: n,
    resultMtimeNs: "1700000000123456789",
    createdAt: new Date(1_700_000_000_000 + n * 1000).toISOString(),
    elapsedSeconds: n / 8,
    metadata: "{}",
    columns,
    ...changes,
  };
}

/** As canonical JSON has them. */
function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}
