import type { BaseExecution, LineHandler } from "@runcache/core";

/** One way to run a tool, with its lines. */
export type Form = (
  execution: BaseExecution,
  cargs: readonly string[],
  onStdout?: LineHandler,
  onStderr?: LineHandler,
) => Promise<void>;

/** Both ways; what one does the other must do. */
export const FORMS: readonly (readonly [name: string, form: Form])[] = [
  [
    "run",
    (execution, cargs, onStdout, onStderr) =>
      new Promise((resolve) => {
        execution.run([...cargs], onStdout, onStderr);
        resolve();
      }),
  ],
  [
    "runAsync",
    async (execution, cargs, onStdout, onStderr) => {
      await execution.runAsync([...cargs], {
        ...(onStdout === undefined ? {} : { onStdout }),
        ...(onStderr === undefined ? {} : { onStderr }),
      });
    },
  ],
];

/** The lines of standard output of a run. */
export async function linesOf(form: Form, execution: BaseExecution, cargs: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  await form(execution, cargs, (line) => lines.push(line));
  return lines;
}
