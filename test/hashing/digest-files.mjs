// Digests files in a process of its own; prints what came of it, and how many helper threads there were.
// Arguments: form (file | files | tree), drive (blocking | unblocked), helpers (kept | ended), paths.
import { blake3Wasm, Digests, runBlocking, runUnblocked } from "@runcache/core";

const [form, drive, helpers, ...paths] = process.argv.slice(2);
let helperCount = 0;
process.on("worker", (worker) => {
  helperCount++;
  if (helpers === "ended") void worker.terminate();
});

// WebAssembly is slow enough for help to be worth its while with small files.
const digests = new Digests({ hasher: blake3Wasm, ledger: null });
const flow =
  form === "files" ? digests.files(paths) : form === "tree" ? digests.tree(paths[0]) : digests.file(paths[0]);
const outcome = { digests: [], error: null };
try {
  const found = drive === "blocking" ? runBlocking(flow) : await runUnblocked(flow);
  outcome.digests = Array.isArray(found) ? found.map(({ digest }) => digest) : [found.digest ?? found];
} catch (error) {
  outcome.error = { code: error.code, path: error.path };
}
await new Promise((resolve) => setImmediate(resolve)); // a blocked process is told of its threads afterwards
process.stdout.write(JSON.stringify({ ...outcome, helperCount }));
// The helpers still wait for work: they must not keep the process alive.
