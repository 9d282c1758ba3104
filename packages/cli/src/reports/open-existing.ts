import { openCache, type Cache } from "@runcache/core";
import type { Settings } from "../config/settings.js";
import { settingsOf, type Context } from "../context.js";

/** A cache that is there, and the settings that say which it is. */
export interface ExistingCache {
  readonly cache: Cache;
  readonly settings: Settings;
}

/**
 * The cache that the flags, the environment or the configuration name.
 * @throws CacheRootError where there is none
 */
export async function openExisting(
  context: Context,
  { cache: cacheDir }: { readonly cache?: string | undefined },
): Promise<ExistingCache> {
  const settings = await settingsOf(context, { cacheDir });
  return { cache: openCache(settings.cacheDir.value), settings };
}
