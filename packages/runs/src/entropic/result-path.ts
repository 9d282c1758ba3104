import { basename, dirname, join, resolve } from "node:path";
import { fileState } from "../rows.js";
import type { EntropicRun } from "./entropic-run.js";

/** Where results are looked for. */
export interface ResultPlaces {
  /** Host path. */
  readonly resultsDir?: string | undefined;
  /** Host path that relative paths are relative to. */
  readonly workingDir: string;
}

/**
 * The host path of a run's result, or null where it is nowhere. A file that entropic named itself, or that lay
 * in a folder of the same name, is looked for in the results folder first, which may have been moved; a file of
 * the same name from elsewhere is not taken for it.
 */
export function findResult({ id, resultFile }: EntropicRun, { resultsDir, workingDir }: ResultPlaces): string | null {
  const recorded = resolve(workingDir, resultFile);
  const paths = [recorded];
  if (resultsDir !== undefined) {
    const isOwn = basename(resultFile).includes(id);
    const wasThere = basename(dirname(recorded)) === basename(resolve(resultsDir));
    if (isOwn || wasThere) paths.unshift(resolve(join(resultsDir, basename(resultFile))));
  }
  return paths.find((path) => fileState(path) !== null) ?? null;
}
