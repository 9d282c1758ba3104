// Inserts the rows that it is sent, one by one, and tells after each how many are kept.
import process from "node:process";
import * as runs from "@runcache/runs";

process.once("message", async ({ exported, args, context, rows }) => {
  const factory = args === undefined ? runs[exported] : runs[exported](...args);
  const index = factory(context);
  await index.open();
  for (const [n, row] of rows.entries()) {
    await index.insert([row]);
    process.send(n + 1);
  }
  await index.close();
  process.disconnect();
});
