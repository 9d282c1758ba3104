import { jsonlIndex, memoryIndex, postgresIndex, sqliteIndex, type IndexFactory } from "@runcache/runs";
import { dropSchema } from "../kit/postgres.js";
import { POSTGRES_URL, probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";

/** An index that stores are tested on. */
export interface IndexKind {
  readonly name: string;
  /** Whether what is missing for it is missing here. */
  readonly isMissing: boolean;
  /** Whether two stores that are open at once see what the other does. */
  readonly isShared: boolean;
  /** Whether it lies in the store's directory. */
  readonly isFile: boolean;
  make(): MadeIndex;
}

/** A factory of empty indexes. */
export interface MadeIndex {
  readonly index: IndexFactory;
  /** How another process makes the same: what `@runcache/runs` exports, and what that is called with, if at all. */
  readonly shared: { readonly exported: string; readonly args?: readonly unknown[] };
  remove(): void;
}

export const indexKinds: readonly IndexKind[] = [
  kind("memory", { isShared: false, isFile: false, make: () => plain(memoryIndex, "memoryIndex") }),
  kind("jsonl", { make: () => plain(jsonlIndex, "jsonlIndex") }),
  kind("sqlite", { make: () => plain(sqliteIndex, "sqliteIndex") }),
  kind("postgres", {
    isMissing: requireOrSkip("postgres", probes.postgres),
    isFile: false,
    make: () => {
      const schema = `stores_${String(process.pid)}_${String(Date.now())}_${String(++schemas)}`;
      const options = { connectionString: POSTGRES_URL, schema };
      let isUsed = false;
      return {
        index: (context) => {
          isUsed = true;
          return postgresIndex(options)(context);
        },
        shared: { exported: "postgresIndex", args: [options] },
        remove: () => {
          if (isUsed) dropSchema(schema);
        },
      };
    },
  }),
];

let schemas = 0;

/** One that goes with the store's directory. */
function plain(index: IndexFactory, exported: string): MadeIndex {
  return { index, shared: { exported }, remove: () => undefined };
}

function kind(
  name: string,
  { isMissing = false, isShared = true, isFile = true, make }: Partial<IndexKind> & Pick<IndexKind, "make">,
): IndexKind {
  return { name, isMissing, isShared, isFile, make };
}
