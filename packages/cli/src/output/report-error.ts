import { RuncacheError } from "@runcache/core";
import type { Context } from "../context.js";
import { EXIT } from "../exit-codes.js";

/**
 * Says on standard error what failed; as JSON where a report for programs was asked for.
 * @returns the exit code
 */
export function reportError(error: unknown, { err }: Pick<Context, "err">, words: readonly string[]): number {
  if (!(error instanceof RuncacheError)) {
    // A fault of ours or of the system: the trace is what a report of it needs.
    err.line(`runcache: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return EXIT.failed;
  }
  const { code, message, facts } = error;
  const split = words.indexOf("--");
  const own = split === -1 ? words : words.slice(0, split);
  if (own.includes("--json")) err.json({ error: { code, message, facts } });
  else err.line(`${err.style.red("runcache:")} ${message} ${err.style.dim(`[${code}]`)}`);
  const { exitCode } = facts;
  return exitCode === EXIT.notExecutable || exitCode === EXIT.notFound ? exitCode : EXIT.failed;
}
