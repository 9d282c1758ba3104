/** Stable code of an error of runcache. */
export type ErrorCode = `ERR_RUNCACHE_${string}`;

/** Facts of an error; each becomes a readonly field of it. */
export type ErrorFacts = Readonly<Record<string, unknown>>;

/**
 * Base of every error that runcache makes. Callers tell errors apart by `code`, which is stable;
 * `facts` holds what the message says (paths, names, keys), `cause` what lay underneath.
 */
export class RuncacheError extends Error {
  /** Stable identity of the error. */
  readonly code: ErrorCode;
  /** What the message is about, as data. */
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.facts = Object.freeze({ ...facts });
  }

  static {
    this.prototype.name = "RuncacheError";
  }
}

/** A wrong call: a parameter, a name, an option or an order that cannot be served. */
export class UsageError extends RuncacheError {
  static {
    this.prototype.name = "UsageError";
  }
}

/** An input that cannot be read or does not hold still. */
export class InputError extends RuncacheError {
  /** Host path of the input. */
  readonly path: string;

  constructor(code: ErrorCode, path: string, message: string, cause?: unknown) {
    super(code, message, { path }, cause);
    this.path = path;
  }

  static {
    this.prototype.name = "InputError";
  }
}

/** A cache directory that cannot be used. Runs go uncached; administrative calls throw it. */
export class CacheRootError extends RuncacheError {
  /** Host path of the cache root. */
  readonly cacheDir: string;

  constructor(code: ErrorCode, cacheDir: string, message: string, cause?: unknown) {
    super(code, message, { cacheDir }, cause);
    this.cacheDir = cacheDir;
  }

  static {
    this.prototype.name = "CacheRootError";
  }
}

/**
 * The one way in which the cache fails a run: a path was announced inside an entry that could not serve
 * after all, and the place cannot be written.
 */
export class AnnouncedPathError extends RuncacheError {
  /** Host path that was announced. */
  readonly path: string;

  constructor(path: string, message: string, cause?: unknown) {
    super("ERR_RUNCACHE_ANNOUNCED", message, { path }, cause);
    this.path = path;
  }

  static {
    this.prototype.name = "AnnouncedPathError";
  }
}

/** A tool that could not be started: not found (shells say 127) or not executable (126). */
export class LaunchError extends RuncacheError {
  static {
    this.prototype.name = "LaunchError";
  }
}

/** How a failed tool ended. */
export interface ToolFailure {
  /** The command as the tool's runner was given it. */
  readonly commandArgs: readonly string[];
  /** Exit code, or null where a signal ended the tool. */
  readonly exitCode: number | null;
  /** Name of the signal that ended the tool, or null. */
  readonly signal: string | null;
  /** The last lines of standard output. */
  readonly stdoutTail: readonly string[];
  /** The last lines of standard error. */
  readonly stderrTail: readonly string[];
}

/** A tool that ran and failed. Nothing of it was kept. */
export class ToolError extends RuncacheError implements ToolFailure {
  readonly commandArgs: readonly string[];
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdoutTail: readonly string[];
  readonly stderrTail: readonly string[];

  constructor(failure: ToolFailure) {
    super("ERR_RUNCACHE_TOOL_FAILED", failureMessage(failure), { ...failure });
    this.commandArgs = failure.commandArgs;
    this.exitCode = failure.exitCode;
    this.signal = failure.signal;
    this.stdoutTail = failure.stdoutTail;
    this.stderrTail = failure.stderrTail;
  }

  /** The exit code under the name that Styx uses; 128 + the signal's number is the shell's affair. */
  get returnCode(): number | null {
    return this.exitCode;
  }

  static {
    this.prototype.name = "ToolError";
  }
}

function failureMessage({ commandArgs, exitCode, signal, stderrTail, stdoutTail }: ToolFailure): string {
  const end = signal === null ? `exited with code ${exitCode}` : `was ended by ${signal}`;
  const words = [`${commandArgs[0] ?? "(no command)"} ${end}: ${commandArgs.map(quoteWord).join(" ")}`];
  const tail = stderrTail.length > 0 ? stderrTail : stdoutTail;
  if (tail.length > 0) words.push(...tail);
  return words.join("\n");
}

function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Whether `error` carries one of the `codes` (Node's system errors and ours). */
export function hasCode(error: unknown, ...codes: readonly string[]): error is Error & { readonly code: string } {
  return error instanceof Error && "code" in error && codes.includes(error.code as string);
}
