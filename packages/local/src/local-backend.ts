import { statSync } from "node:fs";
import {
  environmentPart,
  launchWith,
  type BackendRequest,
  type BaseInput,
  type CaptureResult,
  type ExecutionBackend,
  type Flow,
  type JsonValue,
  type Launcher,
  type Metadata,
} from "@runcache/core";
import type { Environ } from "./environ.js";
import { executableIdentity } from "./executable-identity.js";
import { findExecutable } from "./find-executable.js";
import { toolchainFingerprint, type Toolchain } from "./toolchain.js";

/** What the executions of one local runner share. */
export interface LocalSettings {
  readonly launcher: Launcher;
  /** The whole environment of tools; null: that of this process. */
  readonly environ: Environ | null;
  readonly toolchain: Toolchain | null;
}

/** `LC_*` of POSIX and of glibc (locale(7)). By name, because listing the environment costs every hit. */
const LOCALE_CATEGORIES = [
  ...["LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC", "LC_TIME"],
  ...["LC_ADDRESS", "LC_IDENTIFICATION", "LC_MEASUREMENT", "LC_NAME", "LC_PAPER", "LC_TELEPHONE"],
];

/** A program that was searched for, and what it was then until somebody asked. */
interface SearchedProgram {
  /** Host path; null where there is none. */
  readonly path: string | null;
  /** `PATH` then. */
  readonly searched: string | undefined;
  fresh: { readonly identity: string; readonly seenAtMs: number } | null;
}

/** No process starts, runs and ends in so short a time. */
const FRESH_MS = 0.5;

/** Runs a tool on this machine: it sees host paths, and its mutable copies relative to where it stands. */
export class LocalBackend implements ExecutionBackend {
  readonly #metadata: Metadata;
  readonly #settings: LocalSettings;
  /**
   * Where programs were found for this call, which asks at its key and around its run. One in the output
   * directory is found by none of them: it is a mutable input, which is in the key.
   */
  readonly #found = new Map<string, SearchedProgram>();

  constructor(metadata: Metadata, settings: LocalSettings) {
    this.#metadata = metadata;
    this.#settings = settings;
  }

  inputPath({ hostPath }: BaseInput): string {
    return hostPath;
  }

  /** A name that begins with a dash would be an option. */
  copyPath(name: string): string {
    return name.startsWith("-") ? `./${name}` : name;
  }

  *run({ cargs, outputDir, ...streams }: BackendRequest): Flow<CaptureResult> {
    const request = { ...streams, argv: cargs, cwd: outputDir, env: this.#environment() };
    const result = yield* launchWith(this.#settings.launcher, request);
    const { leftRunning } = result;
    if (leftRunning === undefined) return result;
    const detail = `it left ${leftRunning} running, which had to be ended: what that had still to write is lost`;
    return { ...result, doubt: { reason: "left-running", detail } };
  }

  image(): null {
    return null;
  }

  fingerprint(): JsonValue {
    const { environ, toolchain } = this.#settings;
    const { name } = this.#metadata;
    // Versions of a tool whose name is that of its program then stand side by side.
    const tool = name.includes("/") ? null : this.#identityOf(name, "/");
    return {
      ...(environ === null ? {} : { environ: environmentPart(Object.keys(environ), environ) }),
      ...(tool === null ? {} : { tool }),
      ...(toolchain === null ? {} : { toolchain: toolchainFingerprint(toolchain) }),
    };
  }

  guards(cargs: readonly string[], outputDir: string): JsonValue {
    return { executable: this.#identityOf(cargs[0] ?? "", outputDir) };
  }

  /** What changes the words and numbers that tools print, where it comes from this process. */
  envNames(): readonly string[] {
    if (this.#settings.environ !== null) return [];
    return ["LANG", "TZ", ...LOCALE_CATEGORIES.filter((name) => process.env[name] !== undefined)];
  }

  /** Looked at around every run: a tool can be upgraded under a call. */
  #identityOf(program: string, cwd: string): string | null {
    const known = this.#found.get(program);
    if (known === undefined) return this.#find(program, cwd);
    const { path, searched, fresh } = known;
    known.fresh = null; // what was seen at the key serves the hit that follows at once, and no more
    if (fresh !== null && performance.now() - fresh.seenAtMs < FRESH_MS) return fresh.identity;
    if (this.#environment()["PATH"] !== searched) return this.#find(program, cwd);
    if (path === null) return null;
    const state = statSync(path, { bigint: true, throwIfNoEntry: false });
    return state === undefined ? this.#find(program, cwd) : executableIdentity(path, state);
  }

  #find(program: string, cwd: string): string | null {
    const searched = this.#environment()["PATH"];
    const found = findExecutable(program, searched, cwd);
    if (found.status !== "found") {
      this.#found.set(program, { path: null, searched, fresh: null });
      return null;
    }
    const identity = executableIdentity(found.path, found.state);
    this.#found.set(program, { path: found.path, searched, fresh: { identity, seenAtMs: performance.now() } });
    return identity;
  }

  #environment(): Environ {
    return this.#settings.environ ?? (process.env as Environ);
  }
}
