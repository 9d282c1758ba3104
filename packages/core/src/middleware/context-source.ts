import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { openRoot, type CacheRoot } from "../entry/cache-root.js";
import { Digests } from "../hashing/digests.js";
import { resolvePolicy, type CachePolicy, type ResolvedPolicy } from "../key/policy.js";
import { refuseWindows } from "../platform/refuse-windows.js";
import { isSystemError } from "../platform/system-error.js";
import { CacheRootError, UsageError } from "../types/errors.js";
import type { BypassReason, EventListener } from "../types/event.js";
import type { CacheContext, KeyContext } from "./cache-context.js";
import { Flights } from "./flights.js";
import { currentMode, type Mode } from "./mode.js";
import { Reporter } from "./reporter.js";
import { isBypassed } from "./scope.js";

/** What caching runners and caches of functions are made from. */
export interface CacheOptions {
  /** Host path of the cache. @default `RUNCACHE_DIR`, else `${XDG_CACHE_HOME:-~/.cache}/runcache/store` */
  readonly cacheDir?: string;
  /** What enters the key, and how strict the cache is. */
  readonly policy?: CachePolicy;
  /** Receives every outcome. */
  readonly onEvent?: EventListener;
}

/** Decides of each call whether it is cached, and with what. */
export class ContextSource {
  readonly cacheDir: string;
  readonly policy: ResolvedPolicy;
  readonly reporter: Reporter;
  readonly #digests: Digests;
  #root: CacheRoot | undefined;

  /** @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`, `ERR_RUNCACHE_POLICY`; RuncacheError `ERR_RUNCACHE_PLATFORM` */
  constructor({ cacheDir, policy, onEvent }: CacheOptions) {
    refuseWindows();
    this.policy = resolvePolicy(policy);
    this.#digests = new Digests({ hasher: this.policy.hasher });
    this.reporter = new Reporter(onEvent);
    this.cacheDir = resolve(cacheDir ?? defaultCacheDir());
  }

  /** What keys are computed with. */
  get keyContext(): KeyContext {
    return { policy: this.policy, digests: this.#digests };
  }

  /** Why a call of `tool` (`package/name`) is not to be looked up, as far as the caller asked for it; or null. */
  bypassReason(tool: string, { refresh = false } = {}): BypassReason | null {
    const mode = currentMode();
    if (mode === "off" || (mode === "read-only" && refresh)) return "environment"; // a new entry must not be made
    if (isBypassed()) return "scope";
    return this.policy.bypassTools.has(tool) ? "policy" : null;
  }

  /** What a call needs, or null where the cache root cannot be used, which is warned of once. */
  open({ refresh = false } = {}): CacheContext | null {
    const mode = refresh ? "refresh" : currentMode();
    const root = this.#openRoot(mode);
    if (root === null || mode === "off") return null;
    return {
      root,
      mode,
      policy: this.policy,
      digests: this.#digests,
      reporter: this.reporter,
      flights: Flights.ofThread,
    };
  }

  #openRoot(mode: Mode): CacheRoot | null {
    if (this.#root !== undefined) return this.#root;
    try {
      this.#root = openRoot(this.cacheDir, { create: mode !== "read-only" });
      this.#warnOfExposure(this.#root);
      return this.#root;
    } catch (error) {
      if (!(error instanceof CacheRootError)) throw error;
      // Who only reads finds nothing in a cache that is yet to be made; that is no trouble.
      if (mode === "read-only" && error.code === "ERR_RUNCACHE_ROOT_MISSING") return null;
      this.reporter.trouble(error.code, this.cacheDir, `${error.message}; runs go uncached`, error);
      return null;
    }
  }

  #warnOfExposure({ dir, exposedBy }: CacheRoot): void {
    if (exposedBy === null) return;
    const message = `everybody on this machine may write ${exposedBy}, and so plant results in the cache ${dir}: take that right away (chmod o-w, or chmod +t above a cache), or set RUNCACHE_DIR to another directory`;
    this.reporter.trouble("RUNCACHE_EXPOSED", dir, message);
  }
}

/**
 * `RUNCACHE_DIR`, else `${XDG_CACHE_HOME:-~/.cache}/runcache/store`: a host path.
 * @throws UsageError `ERR_RUNCACHE_NO_HOME` where the user has no home directory
 */
export function defaultCacheDir(): string {
  const { RUNCACHE_DIR: own, XDG_CACHE_HOME: xdg } = process.env;
  if (own !== undefined && own !== "") return own;
  const base = xdg === undefined || xdg === "" ? join(home(), ".cache") : xdg;
  return join(base, "runcache", "store");
}

function home(): string {
  try {
    return homedir();
  } catch (error) {
    // A bare user id in a container has none.
    if (!isSystemError(error)) throw error;
    throw new UsageError(
      "ERR_RUNCACHE_NO_HOME",
      "this user has no home directory to keep a cache in: set cacheDir, RUNCACHE_DIR or XDG_CACHE_HOME",
    );
  }
}
