import { parentPort } from "node:worker_threads";
import { runBlocking } from "../../platform/flow.js";
import { blake3Wasm } from "../blake3-wasm.js";
import { digestBelow } from "../file-digest.js";
import type { Hasher } from "../hasher.js";
import { selectHasher } from "../select-hasher.js";
import { FileBatch } from "./file-batch.js";
import type { HelperMessage, HelperTask } from "./helper-messages.js";
import { helperPool } from "./helper-pool.js";
import { readAhead } from "./read-ahead.js";

// There are as many threads as cores: a helper has none of its own.
helperPool().limit = 0;

parentPort?.on("message", ({ id, task, load }: HelperMessage) => {
  try {
    perform(task);
  } finally {
    Atomics.sub(new Int32Array(load), 0, 1);
    parentPort?.postMessage(id);
  }
});

function perform(task: HelperTask): void {
  if (task.kind === "read") return void readAhead(task.ahead);
  const batch = new FileBatch(task.batch);
  const { wasm, limitBytes, noFollow } = batch.data;
  const hasher = beating(wasm ? blake3Wasm : selectHasher(), () => batch.beat());
  for (let index = batch.take(); index !== null; index = batch.take()) {
    try {
      batch.put(index, runBlocking(digestBelow(batch.path(index), limitBytes, { hasher, noFollow })));
    } catch {
      batch.put(index, "failed"); // the caller reads it by itself and meets the error
    }
  }
}

/** A hasher that calls `beat` for every piece. */
function beating(hasher: Hasher, beat: () => void): Hasher {
  return {
    ...hasher,
    create() {
      const state = hasher.create();
      return {
        update(bytes) {
          beat();
          state.update(bytes);
        },
        hexdigest: () => state.hexdigest(),
        dispose: () => state.dispose?.(),
      };
    },
  };
}
