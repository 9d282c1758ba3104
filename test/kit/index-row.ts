import { createHash } from "node:crypto";
import type { IndexRow } from "@runcache/runs";

/**
 * Makes the row of run `n`: a later `n` was created later.
 * @param columns also its params
 */
export function makeRow(n: number, columns: IndexRow["columns"], changes: Partial<IndexRow> = {}): IndexRow {
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
