// For the unit tests of the entry store: imports its source.
import {
  commit,
  type CommitFacts,
  type CommitOptions,
  type CommitOutcome,
} from "../../packages/core/src/entry/commit.js";
import { openRoot, type CacheRoot, type OpenRootOptions } from "../../packages/core/src/entry/cache-root.js";
import type { Entry } from "../../packages/core/src/entry/entry.js";
import { createStaging, type Staging } from "../../packages/core/src/entry/staging.js";
import { Digests } from "../../packages/core/src/hashing/digests.js";
import { hashText, selectHasher } from "../../packages/core/src/hashing/select-hasher.js";
import { runBlocking, runUnblocked } from "../../packages/core/src/platform/flow.js";
import { parseCacheKey, type CacheKey } from "../../packages/core/src/types/brand.js";
import { makeTree, type Tree } from "../kit/make-tree.js";
import { tempDir, type TempDir } from "../kit/temp-dir.js";

/** A cache in a temporary directory, and runs that never happened. */
export interface StoreRig extends AsyncDisposable {
  readonly temp: TempDir;
  readonly root: CacheRoot;
  /** A staging directory whose tool left `tree` and wrote the streams. */
  run(tree: Tree, streams?: { readonly stdout?: string | Uint8Array; readonly stderr?: string }): Promise<Staging>;
  /** Commits a staging directory. */
  commit(staging: Staging, change?: CommitChange): Promise<CommitOutcome>;
  /** The same, blocking. */
  commitBlocking(staging: Staging, change?: CommitChange): CommitOutcome;
  /** Runs and commits; the entry. */
  store(tree: Tree, change?: CommitChange): Promise<Entry>;
}

/** What a test changes of the facts and the options of a commit. */
export type CommitChange = Partial<CommitFacts> & { readonly options?: Partial<CommitOptions> };

/** The key of `name`. */
export function keyOf(name: string): CacheKey {
  return parseCacheKey(hashText(name));
}

/** Facts of a run that never happened. */
export function makeFacts(change: Partial<CommitFacts> = {}): CommitFacts {
  const tool = { id: "1", package: "demo", name: "tool" };
  return {
    key: keyOf("key"),
    parts: { env: {}, extra: {}, image: null, inputs: [], params: {}, runner: "test", tool, v: 1 },
    guards: { argv: ["tool"] },
    names: ["."],
    ignoredParams: [],
    metadata: tool,
    image: null,
    startedAt: new Date("2026-01-01T10:00:00Z"),
    finishedAt: new Date("2026-01-01T10:00:02Z"),
    durationMs: 2000,
    exitCode: 0,
    usage: { userMs: 1500, systemMs: 20.5 },
    parents: [],
    networkInputs: [],
    ...change,
  };
}

export async function makeStoreRig(options: OpenRootOptions & { readonly parent?: string } = {}): Promise<StoreRig> {
  const { parent, ...rootOptions } = options;
  const temp = await tempDir("store", parent);
  const root = openRoot(temp.join("cache"), { create: true, ...rootOptions });
  const run: StoreRig["run"] = async (tree, { stdout = "", stderr = "" } = {}) => {
    const staging = createStaging(root);
    await makeTree(staging.outDir, tree);
    staging.write("stdout", Buffer.from(stdout));
    staging.write("stderr", Buffer.from(stderr));
    return staging;
  };
  const flow = (staging: Staging, { options = {}, ...facts }: CommitChange = {}) =>
    commit(root, staging, makeFacts(facts), { ...OPTIONS, ...options });
  return {
    temp,
    root,
    run,
    commit: (staging, change) => runUnblocked(flow(staging, change)),
    commitBlocking: (staging, change) => runBlocking(flow(staging, change)),
    store: async (tree, change) => {
      const staging = await run(tree);
      const outcome = await runUnblocked(flow(staging, change));
      staging.discard();
      if (outcome.status !== "stored") throw new Error(`not stored: ${JSON.stringify(outcome)}`);
      return outcome.entry;
    },
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}

const OPTIONS: CommitOptions = {
  digests: new Digests({ ledger: null }),
  hasher: selectHasher(),
  durability: "none",
  replace: false,
};
