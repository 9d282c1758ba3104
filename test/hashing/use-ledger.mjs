// One process of several that share a ledger: digests files as outputs (which the ledger learns) or as
// inputs, and prints the digest of each and where it comes from.
import { Digests, runBlocking } from "@runcache/core";

const [role, ...paths] = process.argv.slice(2);
const digests = new Digests();
const found = runBlocking(role === "outputs" ? digests.outputs(paths) : digests.files(paths));
process.stdout.write(JSON.stringify(found.map(({ digest, origin }) => ({ digest, origin }))));
