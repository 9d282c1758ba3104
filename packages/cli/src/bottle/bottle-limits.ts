/** What a bottle may hold: a small file can unpack to anything. */
export interface BottleLimits {
  /** Content of all files together. */
  readonly totalBytes: number;
  readonly fileBytes: number;
  /** Files, directories and links. */
  readonly members: number;
  /** Parts of a path. */
  readonly depth: number;
  /** How many times as large as the bottle what it holds may be; small ones may be more. */
  readonly ratio: number;
}

export const BOTTLE_LIMITS: BottleLimits = {
  totalBytes: 10e9,
  fileBytes: 5e9,
  members: 200_000,
  depth: 64,
  ratio: 200,
};

/** Below this the ratio does not matter. */
export const RATIO_FROM_BYTES = 64 * 1024 * 1024;

/** The index is read into memory. */
export const MOST_INDEX_BYTES = 64 * 1024 * 1024;
