import type { Entry } from "../entry/entry.js";
import { lookup } from "../entry/lookup.js";
import type { CacheKey } from "../types/brand.js";
import type { MissReason } from "../types/event.js";
import type { CacheContext } from "./cache-context.js";

/** Why a call runs. */
export interface Miss {
  readonly reason: MissReason;
  readonly detail: string;
}

/** What a lookup found. */
export type Looked = { readonly entry: Entry; readonly miss: null } | { readonly entry: null; readonly miss: Miss };

/** The entry of `key`, checked (DESIGN §7 "Hit"), or why there is none; tells of corrupt ones. */
export function look({ root, policy, reporter }: CacheContext, key: CacheKey): Looked {
  const looked = lookup(root, key, { verify: policy.verify, hasher: policy.hasher });
  if (looked.status === "found") return { entry: looked.entry, miss: null };
  const { reason, detail, quarantined } = looked;
  if (reason === "corrupt") reporter.emit({ type: "corrupt", key, detail, quarantined });
  return { entry: null, miss: { reason, detail } };
}
