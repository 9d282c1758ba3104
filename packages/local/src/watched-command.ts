import { UsageError } from "@runcache/core";

/** What is started instead of a tool, to become the tool. */
export interface WatchedCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** Environment of the shell that starts; the tool's comes out of it. */
  readonly env: Readonly<Record<string, string>>;
}

/** What the watcher does with a tool that outlives its parent. */
export interface Ending {
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  /** Command to run before SIGKILL. */
  readonly stopArgv: readonly string[] | undefined;
}

/**
 * A shell that tells the watcher (descriptor 3) of its own process group and then becomes the tool
 * `argv`. The watcher's input cannot end before that is said, so no tool is missed, however early its
 * parent dies. Program, arguments, environment, exit code and signals are the tool's own (where /bin/sh
 * is bash, SHLVL and `_` may differ). Null where a shell cannot pass the program's name on.
 */
export function watchedCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  ending: Ending,
): WatchedCommand | null {
  const program = argv[0] ?? "";
  const { plain, special } = splitEnvironment(env);
  if (program.startsWith("-") || (special.length > 0 && program.includes("="))) return null;
  const script = [REPORT, pathScript(env), workingDirScript(env), 'exec "$@"'].join("");
  const command = special.length === 0 ? argv : ["/usr/bin/env", ...special, ...argv];
  const tenths = Math.ceil(ending.graceMs / 100);
  return {
    file: "/bin/sh",
    args: ["-c", script, "sh", String(tenths), stopLine(ending.stopArgv), env["PWD"] ?? "", ...command],
    env: plain,
  };
}

/** What cannot be written (the watcher is gone, and the pipe full) is dropped: the tool runs all the same. */
const REPORT = `{ printf '+ %s %s %s\\n' "$$" "$1" "$2" >&3; } 2>/dev/null; exec 3>&-; `;

/** Shells set PWD. The tool gets the caller's, or none. */
function workingDirScript(env: Readonly<Record<string, string>>): string {
  return env["PWD"] === undefined ? "unset PWD; shift 3; " : "PWD=$3; export PWD; shift 3; ";
}

/** Without PATH, shells look in more places than `execvp` does. */
function pathScript(env: Readonly<Record<string, string>>): string {
  return env["PATH"] === undefined ? `PATH=${DEFAULT_PATH}; ` : "";
}

/** Where programs are looked for while PATH is not set. */
export const DEFAULT_PATH = "/bin:/usr/bin";

const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Names that shells give a meaning or a value of their own. */
const SHELL_OWNED = /^(?:IFS|LINENO|OPTIND|OPTERR|PPID|PS[0-9]|RANDOM|SECONDS|E?UID|GROUPS|SHELLOPTS|BASHOPTS)$/;

/**
 * Shells drop variables whose names they cannot say (exported functions, `BASH_FUNC_module%%`, among
 * them) and change their own ones: these reach the tool through `env` instead. For a moment they stand
 * in its arguments, which other users may see: no place for secrets, which have ordinary names.
 */
function splitEnvironment(env: Readonly<Record<string, string>>): {
  readonly plain: Readonly<Record<string, string>>;
  readonly special: readonly string[];
} {
  const special = Object.keys(env).filter((name) => !SHELL_NAME.test(name) || SHELL_OWNED.test(name));
  if (special.length === 0) return { plain: env, special };
  const plain = Object.fromEntries(Object.entries(env).filter(([name]) => !special.includes(name)));
  return { plain, special: special.map((name) => `${name}=${env[name] ?? ""}`) };
}

/** A line of this length reaches a pipe in one piece everywhere (PIPE_BUF), less what stands before it. */
const LONGEST_STOP_BYTES = 480;

function stopLine(stopArgv: readonly string[] | undefined): string {
  const line = (stopArgv ?? []).map((word) => word.split("\n").map(quoted).join('"$nl"')).join(" ");
  if (Buffer.byteLength(line) <= LONGEST_STOP_BYTES) return line;
  const message = `the stop command of a launch may have ${LONGEST_STOP_BYTES} bytes, this one is longer: ${line}`;
  throw new UsageError("ERR_RUNCACHE_STOP_COMMAND", message);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
