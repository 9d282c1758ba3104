// @ts-check
// A wrapper in the shape of generated code: one input, six outputs, both streams.
import { METADATA, OUTPUT_NAMES } from "./fixtures.mjs";

/** @typedef {import("@runcache/core").Runner} Runner */

/**
 * @param {{ input: string, level?: number }} params
 * @param {{ runner: Runner, tool: string, onStdout?: (line: string) => void, onStderr?: (line: string) => void }} call
 * @returns {{ root: string, outputs: string[] }}
 */
export function benchTool(params, { runner, tool, onStdout, onStderr }) {
  const execution = runner.startExecution(METADATA);
  params = execution.params(params);
  const cargs = [tool, execution.inputFile(params.input), "--level", String(params.level ?? 1)];
  const outputs = { root: execution.outputFile("."), outputs: OUTPUT_NAMES.map((name) => execution.outputFile(name)) };
  execution.run(cargs, onStdout, onStderr);
  return outputs;
}
