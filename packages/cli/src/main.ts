import { packageVersion } from "./command-line/version.js";
import { hasMembers, loadCommand } from "./command-line/registry.js";
import { parseCommand } from "./command-line/parse.js";
import { requireUtf8Words } from "./command-line/require-utf8.js";
import type { Call } from "./command-line/command.js";
import type { Context } from "./context.js";
import { EXIT } from "./exit-codes.js";
import { Output } from "./output/output.js";
import { OutputError } from "./output/output-error.js";
import { reportError } from "./output/report-error.js";
import { reportWarnings } from "./output/report-warnings.js";
import { workingDirectory } from "./working-directory.js";

/**
 * The command: carries out `words`, the arguments of the process.
 * @returns the exit code
 */
export async function main(words: readonly string[]): Promise<number> {
  const { env } = process;
  const streams = { out: new Output(1, env), err: new Output(2, env) };
  reportWarnings(streams.err, env);
  try {
    requireUtf8Words(words);
    const context: Context = { cwd: workingDirectory(), env, ...streams };
    const [name, rest] = commandOf(words);
    if (name === "version") {
      context.out.line(packageVersion());
      return EXIT.ok;
    }
    const command = await loadCommand(name);
    const parsed = parseCommand(command, rest);
    return await command.run({ ...parsed, context } as Call<never>);
  } catch (error) {
    return tryToReport(error, streams, words);
  }
}

/** Where standard error takes nothing either, the exit code says it alone. */
function tryToReport(error: unknown, streams: Pick<Context, "out" | "err">, words: readonly string[]): number {
  try {
    return reportError(error, streams, words);
  } catch (fault) {
    if (fault instanceof OutputError) return EXIT.failed;
    throw fault;
  }
}

/** `runcache`, `runcache --help` and `runcache ls --help` are ways to ask for help. */
function commandOf(words: readonly string[]): [name: string, rest: readonly string[]] {
  const [first, ...rest] = words;
  if (first === undefined) return ["help", []];
  if (first === "--version" || first === "-V") return ["version", []];
  if (first === "--help" || first === "-h") return ["help", rest];
  const own = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
  const isHelp = own.some((word) => word === "--help" || word === "-h");
  const [member] = own;
  if (member !== undefined && !member.startsWith("-") && hasMembers(first)) {
    return isHelp ? ["help", [first, member]] : [`${first} ${member}`, rest.slice(1)];
  }
  return isHelp ? ["help", [first]] : [first, rest];
}
