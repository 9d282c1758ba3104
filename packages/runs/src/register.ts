import { constants } from "node:fs";
import { copyFile, unlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { checkOptionNames, UsageError, type ComputeContext, type JsonObject } from "@runcache/core";
import { readMetadata, type AskedRun, type Engine, type Made } from "./engine.js";
import { fileState } from "./rows.js";
import type { RunValue } from "./run-value.js";
import type { RunFields } from "./types/record.js";

/** How a registered file becomes a result. */
export const REGISTER_MODES = ["copy", "link", "move"] as const;

/** Options of `register`. */
export interface RegisterOptions {
  /**
   * `copy`: the store has a copy, which takes no space where the file system can share it. `link`: the file
   * stays where it is, and serves as long as nobody changes it. `move`: a copy; the file is removed when the
   * run is recorded.
   * @default "copy"
   */
  readonly mode?: (typeof REGISTER_MODES)[number];
  /** @default {} */
  readonly metadata?: object;
  /** What it took. @default 0 */
  readonly elapsedSeconds?: number;
  /** When it was made: ISO 8601 text or a Date. @default now */
  readonly createdAt?: string | Date;
}

const OPTIONS = { mode: true, metadata: true, elapsedSeconds: true, createdAt: true } satisfies Record<
  keyof RegisterOptions,
  true
>;

export async function registerRun(
  engine: Engine,
  params: unknown,
  file: string,
  options: RegisterOptions,
): Promise<RunFields> {
  checkOptionNames("register", options, Object.keys(OPTIONS));
  const { mode = "copy", metadata, elapsedSeconds = 0, createdAt = new Date() } = options;
  if (!REGISTER_MODES.includes(mode))
    throw registerError(file, `mode is ${mode}; it is one of ${REGISTER_MODES.join(", ")}`);
  const date = new Date(createdAt);
  if (Number.isNaN(date.getTime())) throw registerError(file, "createdAt is no time: give a Date, or ISO 8601 text");
  if (!Number.isFinite(elapsedSeconds) || elapsedSeconds < 0)
    throw registerError(file, "elapsedSeconds is no duration");
  const path = resolve(file);
  const facts = { createdAt: date, elapsedSeconds, metadata: readMetadata(metadata) };
  const made = await recordFile(engine, engine.ask(params), path, mode, facts);
  await engine.index.use((index) => index.insert([made.row]));
  if (mode === "move") await unlink(path);
  return made.record;
}

/** What is recorded beside the file. */
export interface FileFacts {
  readonly createdAt: Date;
  readonly elapsedSeconds: number;
  readonly metadata: JsonObject;
}

/**
 * Makes the host file `file` the result of a run, which is not indexed yet; `move` is a copy, too.
 * @throws UsageError `ERR_RUNCACHE_REGISTER` where there is no such file, or the store cannot keep it
 */
export async function recordFile(
  engine: Engine,
  asked: AskedRun,
  file: string,
  mode: (typeof REGISTER_MODES)[number],
  { createdAt, elapsedSeconds, metadata }: FileFacts,
): Promise<Made> {
  const path = resolve(file);
  const state = fileState(path);
  if (state === null) throw registerError(file, "there is no such file");
  const facts = { createdAt: createdAt.toISOString(), elapsedSeconds, metadata };
  const { resultName } = engine.options;
  const fn = async ({ outputDir }: ComputeContext): Promise<RunValue> => {
    if (mode === "link") return { resultFile: null, linked: { path, ...state }, ...facts };
    await copyFile(path, join(outputDir, resultName), constants.COPYFILE_FICLONE);
    return { resultFile: resultName, ...facts };
  };
  const made = await engine.compute(asked, fn, { refresh: true });
  if (!made.isStored) throw registerError(file, "the store could not keep it; a warning says why");
  return made;
}

function registerError(file: string, fault: string): UsageError {
  return new UsageError("ERR_RUNCACHE_REGISTER", `${file} cannot be registered: ${fault}`, { file });
}
