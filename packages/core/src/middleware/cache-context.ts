import type { CacheRoot } from "../entry/cache-root.js";
import type { ResolvedPolicy } from "../key/policy.js";
import type { Digests } from "../hashing/digests.js";
import type { Flights } from "./flights.js";
import type { Mode } from "./mode.js";
import type { Reporter } from "./reporter.js";

/** What the calls of one `CachingRunner` share. */
export interface CacheContext {
  readonly root: CacheRoot;
  readonly policy: ResolvedPolicy;
  readonly digests: Digests;
  readonly reporter: Reporter;
  readonly flights: Flights;
  /** What `RUNCACHE` said when the call began. */
  readonly mode: Exclude<Mode, "off">;
}

/** The part of it that a key depends on. */
export type KeyContext = Pick<CacheContext, "policy" | "digests">;
