// @ts-check
// Prints how many milliseconds the first digest of this process took.
import { Digests, runBlocking } from "@runcache/core";

const subject = JSON.parse(process.argv[2] ?? "");
const start = performance.now();
const digests = new Digests({ ledger: null });
runBlocking("tree" in subject ? digests.tree(subject.tree) : digests.files(subject.files));
process.stdout.write(`${performance.now() - start}\n`);
