import type { CacheKey } from "../types/brand.js";
import type { Manifest } from "./manifest.js";

/** A committed directory of the cache, as its manifest describes it. */
export interface Entry {
  readonly key: CacheKey;
  /** Host path. */
  readonly dir: string;
  readonly manifest: Manifest;
}
