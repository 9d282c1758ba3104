import type { CacheRoot } from "../entry/cache-root.js";
import { DURABILITY, type ResolvedPolicy } from "../key/policy.js";

/** How entries of `root` are flushed: what the cache's owner set ranks above what its user asks for. */
export function durabilityOf({ marker }: CacheRoot, policy: ResolvedPolicy): ResolvedPolicy["durability"] {
  return DURABILITY.find((name) => name === marker.limits["durability"]) ?? policy.durability;
}
