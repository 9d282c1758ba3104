// Inserts rows, one transaction each, and prints the id of each once it is kept.
//   node insert-rows.mjs OPTIONS     JSON: { kind, url, dir, name, what, rows }
import { createHash } from "node:crypto";
import { writeSync } from "node:fs";
import * as runs from "@runcache/runs";

const { kind, url, dir, name, what, rows } = JSON.parse(process.argv[2] ?? "");
const factory = kind === "sqlite" ? runs.sqliteIndex : runs.postgresIndex({ connectionString: url });
const index = factory({ dir, name, columns: { n: "integer" } });
await index.open();
for (let n = 0; n < rows; n += 1) {
  const id = createHash("sha256").update(`${what} ${n}`).digest("hex");
  const row = {
    id,
    name,
    version: "1",
    replicate: 0,
    params: JSON.stringify({ n }),
    resultFile: "result.json",
    resultSize: n,
    resultMtimeNs: "1700000000123456789",
    createdAt: "2026-01-01T00:00:00.000Z",
    elapsedSeconds: 0,
    metadata: "{}",
    columns: { n },
  };
  await index.insert([row]);
  writeSync(1, `${id}\n`);
}
await index.close();
