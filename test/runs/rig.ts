import { readFileSync, writeFileSync } from "node:fs";
import {
  jsonlIndex,
  RunStore,
  type Columns,
  type NoColumns,
  type RunContext,
  type RunStoreOptions,
} from "@runcache/runs";
import { tempDir, type TempDir } from "../kit/temp-dir.js";
import type { MadeIndex } from "./index-kinds.js";

/** A directory for stores, and a runner that counts. */
export interface RunsRig extends AsyncDisposable {
  readonly temp: TempDir;
  /** Params that the runner was called with, in order. */
  readonly ran: unknown[];
  /** Writes the params as JSON. */
  readonly runner: (params: object, context: RunContext) => void;
  open<C extends Columns = NoColumns>(options?: Partial<RunStoreOptions<C>>): RunStore<C>;
}

/** @param made the index of its stores, which goes with it; absent: JSON Lines */
export async function makeRunsRig(made?: MadeIndex): Promise<RunsRig> {
  const temp = await tempDir("runs");
  const ran: unknown[] = [];
  const stores: RunStore<Columns>[] = [];
  return {
    temp,
    ran,
    runner: (params, { resultFile }) => {
      ran.push(params);
      writeFileSync(resultFile, JSON.stringify(params));
    },
    open: (options) => {
      const store = new RunStore({
        dir: temp.join("store"),
        name: "sim",
        index: made?.index ?? jsonlIndex,
        durability: "none",
        ...options,
      });
      stores.push(store);
      return store;
    },
    [Symbol.asyncDispose]: async () => {
      for (const store of stores) await store.close();
      made?.remove();
      await temp[Symbol.asyncDispose]();
    },
  };
}

export function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}
