import path from "node:path";
import { postgresIndex, type PostgresIndexOptions } from "@runcache/runs";
import { afterAll } from "vitest";
import { dropSchema } from "../../kit/postgres.js";
import { POSTGRES_URL, probes } from "../../kit/probes.js";
import { requireOrSkip } from "../../kit/skips.js";
import { testRunIndex } from "./conformance.js";

const missing = requireOrSkip("postgres", probes.postgres);
const schema = `conformance_${String(process.pid)}_${String(Date.now())}`;

/** Every test has a directory of its own: its name keeps the tests' tables apart. */
function optionsIn(dir: string): PostgresIndexOptions {
  return { connectionString: POSTGRES_URL, schema, prefix: `${path.basename(dir)}-` };
}

afterAll(() => {
  if (!missing) dropSchema(schema);
});

testRunIndex({
  name: "postgres",
  make: (context) => postgresIndex(optionsIn(context.dir))(context),
  shared: { exported: "postgresIndex", args: (dir) => [optionsIn(dir)] },
  missing,
});
