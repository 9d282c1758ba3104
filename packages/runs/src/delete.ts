import { checkOptionNames, isCacheKey, UsageError } from "@runcache/core";
import type { Engine } from "./engine.js";
import { isOfStore } from "./rows.js";

const SHORTEST = 8;

/** Options of `delete`. */
interface DeleteOptions {
  /** Removes the result as well. @default false */
  readonly removeFile?: boolean;
}

const OPTIONS = { removeFile: true } satisfies Record<keyof DeleteOptions, true>;

export async function deleteRun(engine: Engine, run: object | string, options: DeleteOptions): Promise<boolean> {
  checkOptionNames("delete", options, Object.keys(OPTIONS));
  const { removeFile = false } = options;
  const id = typeof run === "string" ? await wholeId(engine, run) : engine.ask(run).id;
  if (id === null) return false;
  const entry = engine.cache.get(id);
  if (entry !== null && !isOfStore(entry, engine.options.name)) return false;
  const wasThere = entry !== null && (removeFile ? engine.cache.remove(id) : engine.cache.detach(id));
  if (!wasThere && engine.cache.get(id) !== null) return false; // it resists: a directory that cannot be changed
  // The row of a run whose result was damaged or removed by hand goes too.
  const wasListed = (await engine.index.use((index) => index.find([id]))).size > 0;
  if (wasListed) await engine.index.use((index) => index.remove([id]));
  return wasThere || wasListed;
}

/**
 * The id that begins with `text`, or null where there is none.
 * @throws UsageError `ERR_RUNCACHE_RUN_ID` on text that is none, or begins several
 */
export async function wholeId(engine: Engine, text: string): Promise<string | null> {
  if (isCacheKey(text)) return text;
  if (!/^[0-9a-f]+$/.test(text) || text.length < SHORTEST || text.length > 64) {
    throw idError(text, `is no id: at least the first ${SHORTEST} of 64 lower-case hexadecimal digits`);
  }
  const field = { kind: "built-in", name: "id" } as const;
  const rows = await engine.index.use((index) =>
    index.query({ where: { op: "like", field, pattern: `${text}%` }, limit: 2 }),
  );
  if (rows.length > 1) throw idError(text, "begins the ids of several runs: give more of it");
  return rows[0]?.id ?? null;
}

function idError(id: string, fault: string): UsageError {
  return new UsageError("ERR_RUNCACHE_RUN_ID", `${JSON.stringify(id)} ${fault}`, { id });
}
