// What a user's compiler sees of a run store.
import { writeFileSync } from "node:fs";
import { integer, postgresIndex, real, RunStore, text, type RunContext, type RunRecord } from "@runcache/runs";

const columns = { n: integer(), dt: real({ optional: true }), method: text<"euler" | "rk4">() };
const store = new RunStore({ dir: "runs", name: "decay", columns, index: postgresIndex({ schema: "lab" }) });

function decay({ n }: { readonly n: number }, { resultFile }: RunContext): void {
  writeFileSync(resultFile, String(n));
}

export async function run(): Promise<"euler" | "rk4"> {
  const record: RunRecord<typeof columns> = await store.runOrRetrieve({ n: 3, method: "rk4" }, decay);
  const dt: number | null = record.dt;
  // @ts-expect-error -- no method is called that
  await store.runOrRetrieve({ n: 3, dt, method: "heun" }, decay);
  return record.method;
}
