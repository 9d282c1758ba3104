import type { Context } from "../context.js";
import type { Completes, Flags, FlagValues } from "./flags.js";

/** One word that a command takes beside its flags. */
export interface Operand {
  /** As help shows it: `KEY`. */
  readonly name: string;
  readonly help: string;
  readonly optional?: true;
  /** Takes all that are left. */
  readonly repeats?: true;
  readonly completes?: Completes;
}

/** What a command is called with. */
export interface Call<F extends Flags> {
  readonly flags: FlagValues<F>;
  readonly operands: readonly string[];
  /** What follows `--`. */
  readonly command: readonly string[];
  readonly context: Context;
}

/** A command of `runcache`: everything that parsing, help, manual pages and completions know of it. */
export interface Command<F extends Flags = Flags> {
  readonly name: string;
  /** One line for the list of commands, without a full stop. */
  readonly summary: string;
  /** Paragraphs for `help <command>`. */
  readonly description: readonly string[];
  readonly operands: readonly Operand[];
  /** Whether a command line follows, after `--`. */
  readonly wraps?: true;
  readonly flags: F;
  /** Command lines and what they are for. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /** Carries the command out. Returns the exit code. */
  run(call: Call<F>): Promise<number> | number;
}

/** A command whatever its flags are. */
export type AnyCommand = Omit<Command, "run"> & { run(call: Call<never>): Promise<number> | number };

/** `command`, with the types of its flags inferred. */
export function defineCommand<const F extends Flags>(command: Command<F>): Command<F> {
  return command;
}
