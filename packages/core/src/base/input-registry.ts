import { basename, resolve } from "node:path";
import { parseOutputName } from "../entry/output-name.js";
import { UsageError } from "../types/errors.js";
import type { InputOptions } from "../types/runner.js";
import { checkInput } from "./check-input.js";
import { copyName } from "./copy-name.js";
import type { BaseInput } from "./execution-backend.js";

/** Checks the inputs of one execution and names the copies of mutable ones. */
export class InputRegistry {
  /** Names of the mutable copies → absolute host path of their source. */
  readonly #copies = new Map<string, string>();

  /** Mutable inputs: name of the copy in the output directory, and absolute host path of its source. */
  get copies(): ReadonlyMap<string, string> {
    return this.#copies;
  }

  /**
   * Registers an input. A mutable one that was registered before keeps its one copy.
   * @throws InputError and UsageError as `checkInput`; UsageError `ERR_RUNCACHE_OUTPUT_NAME` where a
   * mutable input has a name that no output can have
   */
  add(given: string, { resolveParent, mutable }: Required<InputOptions>): BaseInput {
    const aside = resolveParent && !mutable; // the parent of a copy is the output directory
    const { hostPath, isDirectory } = checkInput(given, aside);
    const name = mutable ? this.#reserve(hostPath, isDirectory) : null;
    return { given, hostPath, resolveParent: aside, copyName: name };
  }

  /**
   * Name of the copy of the mutable input at the host path `given`.
   * @throws UsageError `ERR_RUNCACHE_NOT_MUTABLE`
   */
  copyOf(given: string): string {
    const name = this.#nameOf(resolve(given));
    if (name !== undefined) return name;
    throw new UsageError(
      "ERR_RUNCACHE_NOT_MUTABLE",
      `${JSON.stringify(given)} is not a mutable input of this call: register it with inputFile(path, false, true) first`,
      { path: given },
    );
  }

  #reserve(hostPath: string, isDirectory: boolean): string {
    const known = this.#nameOf(hostPath);
    if (known !== undefined) return known;
    const name = copyName(parseOutputName(basename(hostPath)), isDirectory, new Set(this.#copies.keys()));
    this.#copies.set(name, hostPath);
    return name;
  }

  #nameOf(hostPath: string): string | undefined {
    for (const [name, source] of this.#copies) if (source === hostPath) return name;
    return undefined;
  }
}
