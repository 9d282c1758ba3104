// Commits results straight into the store, without locks, as one process of several.
// Arguments: cache directory, worker, keys, number of different guards. Waits for a line on standard input.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { openRoot } from "../../packages/core/dist/entry/cache-root.js";
import { commit } from "../../packages/core/dist/entry/commit.js";
import { createStaging } from "../../packages/core/dist/entry/staging.js";
import { Digests } from "../../packages/core/dist/hashing/digests.js";
import { hashText, selectHasher } from "../../packages/core/dist/hashing/select-hasher.js";
import { runBlocking } from "../../packages/core/dist/platform/flow.js";

const [cacheDir = "", worker = "", keys = "", guards = ""] = process.argv.slice(2);
await new Promise((resolve) => process.stdin.once("data", resolve));
const root = openRoot(cacheDir, { create: true });
const options = { digests: new Digests({ ledger: null }), hasher: selectHasher(), durability: "none", replace: false };
const tool = { id: "1", package: "demo", name: "tool" };
/** @type {Record<string, number>} */
const outcomes = {};
for (let index = 0; index < Number(keys); index++) {
  const key = hashText(`key ${(index + Number(worker) * 7) % Number(keys)}`);
  const staging = createStaging(root);
  writeFileSync(path.join(staging.outDir, "out.txt"), `by ${worker}`);
  const facts = {
    key,
    parts: { env: {}, extra: {}, image: null, inputs: [], params: {}, runner: "test", tool, v: 1 },
    guards: { version: Number(worker) % Number(guards) },
    names: ["out.txt"],
    ignoredParams: [],
    metadata: tool,
    image: null,
    startedAt: new Date(),
    finishedAt: new Date(),
    durationMs: 1,
    exitCode: 0,
    usage: null,
    parents: [],
    networkInputs: [],
  };
  const outcome = runBlocking(commit(root, staging, facts, options));
  outcomes[outcome.status] = (outcomes[outcome.status] ?? 0) + 1;
  staging.discard();
}
process.stdout.write(JSON.stringify(outcomes));
