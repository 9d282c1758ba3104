import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { lstatIfAny } from "../hashing/input-path.js";
import { below } from "../platform/below.js";
import { isSystemError } from "../platform/system-error.js";
import { RuncacheError } from "../types/errors.js";

/**
 * Where the executions of one runner put their outputs while nobody else says where. Directories are
 * made when a tool runs, so that a hit leaves none.
 */
export class DataDir {
  readonly #chosen: string;
  readonly #mode: number;
  /** Made when a name is asked for: most hits need none. */
  #runnerId: string | undefined;
  #executions = 0;

  /** @param root host path; absent: `RUNCACHE_DATA_DIR`, else a private temporary directory */
  constructor(root: string | undefined) {
    const chosen = root ?? process.env["RUNCACHE_DATA_DIR"] ?? "";
    this.#chosen = chosen === "" ? "" : resolve(chosen);
    this.#mode = chosen === "" ? 0o700 : 0o777;
  }

  /** Host path of the output directory for one more execution of the tool `name`. Nothing is made. */
  next(name: string): string {
    this.#runnerId ??= randomBytes(8).toString("hex");
    const root = this.#chosen === "" ? join(tmpdir(), `runcache-${this.#runnerId}`) : this.#chosen;
    const words = name.replaceAll(/[^\w.+-]/g, "_").slice(0, 100);
    return below(root, `${this.#runnerId}_${this.#executions++}_${words}`);
  }

  /**
   * Makes the output directory `dir`.
   * @throws RuncacheError `ERR_RUNCACHE_DATA_DIR` where it cannot be made
   */
  make(dir: string): void {
    try {
      mkdirSync(dir, { recursive: true, mode: this.#mode });
    } catch (error) {
      if (!isSystemError(error)) throw error;
      // Without room or quota, some file systems refuse before they look whether there is anything to make.
      if (lstatIfAny(dir)?.isDirectory() === true) return;
      throw new RuncacheError(
        "ERR_RUNCACHE_DATA_DIR",
        `the output directory ${dir} cannot be made (${error.message}): set 'dataDir' or RUNCACHE_DATA_DIR to a directory that can be written`,
        { path: dir },
        error,
      );
    }
  }
}
