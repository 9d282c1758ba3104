// Measures an index of 10^5 runs: wall and CPU milliseconds of each step.
//   node test/conformance/run-index/measure.mjs [DIR]     DIR: where the file lies, on a real disk
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { parseOrder, parseWhere, sqliteIndex } from "@runcache/runs";

const dir = mkdtempSync(path.join(process.argv[2] ?? "/var/tmp", "runcache-measure-"));
const scope = { kinds: { n: "integer", dt: "real", method: "text" }, floatDigits: 12 };
const index = sqliteIndex({ dir, name: "measure", columns: scope.kinds });
const rows = Array.from({ length: 100_000 }, (_, n) => makeRow(n));

await measure("open", () => index.open());
await measure("insert 10^4 by 1000", () => insert(0, 10_000));
await measure("insert 9 x 10^4 by 1000", () => insert(10_000, 100_000));
for (let round = 0; round < 3; round += 1) {
  await measure("find 500 ids", () => index.find(rows.slice(round * 500, round * 500 + 500).map(({ id }) => id)));
  await measure("100 of a range of a column", () => ask({ n: { gte: 5000, lt: 5100 } }));
  await measure("100 of 25,000 of a value", () => ask({ method: "rk4" }));
  await measure("the last 100 by a column", () => index.query({ orderBy: parseOrder("-n", scope), limit: 100 }));
  await measure("count by a parameter", () => index.count(parseWhere({ params: { k: { lt: 50 } } }, scope)));
}
await index.close();
rmSync(dir, { recursive: true });

async function insert(from, to) {
  for (let n = from; n < to; n += 1000) await index.insert(rows.slice(n, n + 1000));
}

function ask(where) {
  return index.query({ where: parseWhere(where, scope), limit: 100 });
}

async function measure(what, step) {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  await step();
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    `${what.padEnd(28)} ${(performance.now() - wall).toFixed(2).padStart(9)} ms, CPU ${((user + system) / 1000).toFixed(2).padStart(9)} ms`,
  );
}

function makeRow(n) {
  const columns = { n, dt: n / 1000, method: ["rk4", "euler", "heun", "ab2"][n % 4] };
  return {
    id: createHash("sha256").update(String(n)).digest("hex"),
    name: "measure",
    version: "1",
    replicate: 0,
    params: JSON.stringify({ dt: columns.dt, k: n % 1000, method: columns.method, n }),
    resultFile: "result.json",
    resultSize: 100,
    resultMtimeNs: "1700000000123456789",
    createdAt: new Date(1.7e12 + n * 1000).toISOString(),
    elapsedSeconds: 0.01,
    metadata: "{}",
    columns,
  };
}
