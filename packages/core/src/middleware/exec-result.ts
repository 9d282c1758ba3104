import { join } from "node:path";
import type { Entry } from "../entry/entry.js";
import { exportOutputs } from "../entry/export.js";
import { parseOutputName } from "../entry/output-name.js";
import { readStream } from "../entry/replay-stream.js";
import type { CacheKey } from "../types/brand.js";
import { RuncacheError } from "../types/errors.js";
import type { BypassReason, MissReason } from "../types/event.js";
import type { NotStored, ServedRun } from "./serve.js";

/** What a result is made of: how a call was served, or that the cache was not asked. */
export interface ExecFacts extends Omit<ServedRun, "status" | "key" | "missReason"> {
  readonly status: ServedRun["status"] | "bypass";
  readonly key: CacheKey | null;
  readonly missReason: MissReason | BypassReason | null;
}

/** What `exec` resolves to. */
export class ExecResult {
  /** `hit`: nothing ran. `miss`: the tool ran. `bypass`: it ran, and the cache was not asked. */
  readonly status: "hit" | "miss" | "bypass";
  /** The key, or null for a bypass. */
  readonly key: CacheKey | null;
  /** Why the tool ran, or null for a hit. */
  readonly missReason: MissReason | BypassReason | null;
  /** The same for people: `params.fractional_intensity 0.5 → 0.4`. */
  declare readonly explanation: string | null;
  /** Host path of the directory that holds the outputs; read-only where it is an entry. */
  readonly outputDir: string;
  readonly exitCode: number;
  /** Milliseconds that the tool ran, now or when the entry was made. */
  readonly durationMs: number;
  /** Why the result was not stored, or null. */
  readonly notStored: NotStored | null;
  readonly #entry: Entry | null;
  readonly #streams: ExecFacts["streams"];
  readonly #lostStreams: string | undefined;

  /** @internal */
  constructor(facts: ExecFacts) {
    this.status = facts.status;
    this.key = facts.key;
    this.missReason = facts.missReason;
    const { explain } = facts;
    // An own property, so that JSON has it; its text is made where somebody asks.
    Object.defineProperty(this, "explanation", { enumerable: true, get: () => explain?.().explanation ?? null });
    this.outputDir = facts.outputDir;
    this.exitCode = facts.exitCode;
    this.durationMs = facts.durationMs;
    this.notStored = facts.notStored;
    this.#entry = facts.entry;
    this.#streams = facts.streams;
    this.#lostStreams = facts.lostStreams;
  }

  /** Whether an entry holds the result, so that the next equal call is a hit. */
  get stored(): boolean {
    return this.#entry !== null;
  }

  /** Milliseconds of tool time that this call did not spend: 0 unless it is a hit. */
  get savedMs(): number {
    return this.status === "hit" ? this.durationMs : 0;
  }

  /**
   * Host path of the output `name`.
   * @throws UsageError `ERR_RUNCACHE_OUTPUT_NAME` on a name that leaves the output directory
   */
  output(name: string): string {
    return join(this.outputDir, parseOutputName(name));
  }

  /**
   * Standard output as text; bytes that are not UTF-8 become U+FFFD.
   * @throws RuncacheError `ERR_RUNCACHE_STREAM` where the entry that held it is damaged or gone, or where it could not
   * be recorded
   */
  stdout(): string {
    return this.stdoutBytes().toString("utf8");
  }

  /** Standard error as text; bytes that are not UTF-8 become U+FFFD. */
  stderr(): string {
    return this.stderrBytes().toString("utf8");
  }

  /** Standard output, byte for byte. */
  stdoutBytes(): Buffer {
    return this.#bytes("stdout");
  }

  /** Standard error, byte for byte. */
  stderrBytes(): Buffer {
    return this.#bytes("stderr");
  }

  /**
   * Copies (where the filesystem can, clones) the outputs into the host directory `dir`, writable.
   * @throws RuncacheError `ERR_RUNCACHE_EXPORT`, `ERR_RUNCACHE_EXPORT_EXISTS`, `ERR_RUNCACHE_EXPORT_GONE`,
   * `ERR_RUNCACHE_EXPORT_KIND`
   */
  async exportTo(dir: string): Promise<void> {
    await exportOutputs(this.outputDir, dir);
  }

  #bytes(name: "stdout" | "stderr"): Buffer {
    if (this.#entry !== null) return readStream(this.#entry, name);
    if (this.#lostStreams !== undefined) {
      throw new RuncacheError("ERR_RUNCACHE_STREAM", `${this.#lostStreams}: make room, and call again`, {
        stream: name,
      });
    }
    return this.#streams?.[name] ?? Buffer.alloc(0);
  }
}
