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
  /** A factory of empty indexes, and what removes them. */
  make(): { readonly index: IndexFactory; remove(): void };
}

const nothing = (): void => undefined;

export const indexKinds: readonly IndexKind[] = [
  kind("memory", { isShared: false, isFile: false, make: () => ({ index: memoryIndex, remove: nothing }) }),
  kind("jsonl", { make: () => ({ index: jsonlIndex, remove: nothing }) }),
  kind("sqlite", { make: () => ({ index: sqliteIndex, remove: nothing }) }),
  kind("postgres", {
    isMissing: requireOrSkip("postgres", probes.postgres),
    isFile: false,
    make: () => {
      const schema = `stores_${String(process.pid)}_${String(Date.now())}_${String(++schemas)}`;
      let isUsed = false;
      return {
        index: (context) => {
          isUsed = true;
          return postgresIndex({ connectionString: POSTGRES_URL, schema })(context);
        },
        remove: () => {
          if (isUsed) dropSchema(schema);
        },
      };
    },
  }),
];

let schemas = 0;

function kind(
  name: string,
  { isMissing = false, isShared = true, isFile = true, make }: Partial<IndexKind> & Pick<IndexKind, "make">,
): IndexKind {
  return { name, isMissing, isShared, isFile, make };
}
