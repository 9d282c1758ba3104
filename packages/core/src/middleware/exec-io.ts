import { parseOutputName } from "../entry/output-name.js";
import { checkOptionNames } from "../key/option-names.js";
import { inputOptions, type InputOptions } from "../types/runner.js";
import type { ExecIo } from "./exec.js";

const INPUT_OPTIONS = { resolveParent: true, mutable: true } satisfies Record<keyof InputOptions, true>;
const OUTPUT_OPTIONS = { optional: true } satisfies Record<keyof NonNullable<Parameters<ExecIo["output"]>[1]>, true>;

/**
 * What the plan of an `exec` is given. Unlike an execution's `inputFile`, which generated wrappers call, it
 * refuses options that nobody knows: without its siblings an input would hit where it must not.
 */
export function execIo(
  input: (path: string, options: Required<InputOptions>) => string,
  want: (name: string, optional: boolean) => void,
): ExecIo {
  return {
    input: (path, options = {}) => {
      checkOptionNames("io.input", options, Object.keys(INPUT_OPTIONS));
      return input(path, inputOptions(options, undefined));
    },
    output: (name, options = {}) => {
      checkOptionNames("io.output", options, Object.keys(OUTPUT_OPTIONS));
      want(parseOutputName(name), options.optional ?? false);
      return name;
    },
  };
}
