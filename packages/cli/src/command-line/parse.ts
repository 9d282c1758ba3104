import { nearestName, UsageError } from "@runcache/core";
import { parseArgs } from "node:util";
import type { AnyCommand } from "./command.js";
import type { Flags } from "./flags.js";

/** A command line, taken apart. */
export interface Parsed {
  /** Values of the command's flags, by name. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly operands: readonly string[];
  /** What follows `--`. */
  readonly command: readonly string[];
}

/**
 * Takes apart the words after a command's name.
 * @throws UsageError `ERR_RUNCACHE_FLAG` (unknown, or a value too much or too few),
 * `ERR_RUNCACHE_FLAG_VALUE`, `ERR_RUNCACHE_OPERAND`
 */
export function parseCommand(command: AnyCommand, words: readonly string[]): Parsed {
  const split = words.indexOf("--");
  const own = split === -1 ? words : words.slice(0, split);
  const wrapped = split === -1 ? [] : words.slice(split + 1);
  const texts = new Map<string, string[]>();
  const operands: string[] = [];
  const { tokens } = parseArgs({
    args: [...own],
    options: optionsOf(command.flags),
    strict: false,
    allowPositionals: true,
    allowNegative: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const flag = Object.hasOwn(command.flags, token.name) ? command.flags[token.name] : undefined;
    if (flag === undefined) throw unknownFlag(command, token.rawName);
    texts.set(token.name, [...(texts.get(token.name) ?? []), textOf(token, flag.metavar)]);
  }
  const isWrapping = command.wraps === true;
  if (isWrapping) {
    checkWrapped(command, operands, wrapped);
  } else {
    operands.push(...wrapped);
    checkOperands(command, operands);
  }
  const values = Object.entries(command.flags).map(([name, flag]) => [name, flag.read(texts.get(name) ?? [], name)]);
  return { flags: Object.fromEntries(values) as Parsed["flags"], operands, command: isWrapping ? wrapped : [] };
}

function optionsOf(flags: Flags): Record<string, { type: "string" | "boolean"; multiple: true; short?: string }> {
  const options = Object.entries(flags).map(([name, { metavar, short }]) => {
    const type = metavar === null ? ("boolean" as const) : ("string" as const);
    return [name, { type, multiple: true as const, ...(short === undefined ? {} : { short }) }] as const;
  });
  return Object.fromEntries(options);
}

/** The value of a flag that takes one, "" for one that takes none. */
function textOf(
  token: { rawName: string; value: string | undefined; inlineValue?: boolean | undefined },
  metavar: string | null,
): string {
  const { rawName, value, inlineValue } = token;
  if (metavar === null) {
    if (inlineValue === true) throw flagError(rawName, `${rawName} takes no value: leave ${JSON.stringify(value)} out`);
    return "";
  }
  if (value === undefined) throw flagError(rawName, `${rawName} needs a value: ${rawName} ${metavar}`);
  // `--cache --json`: a forgotten value rather than a directory called "--json".
  if (inlineValue !== true && value.startsWith("-") && value.length > 1) {
    throw flagError(
      rawName,
      `${rawName} needs a value before ${value}; a value that begins with a dash is written ${rawName}=${value}`,
    );
  }
  return value;
}

function unknownFlag({ name, flags }: AnyCommand, given: string): UsageError {
  const known = Object.keys(flags);
  const near = nearestName(given.replace(/^-+/, ""), known);
  const hint = near === undefined ? `'runcache help ${name}' lists its flags` : `did you mean --${near}?`;
  return flagError(given, `'${name}' has no flag ${given}; ${hint}`);
}

function flagError(flag: string, message: string): UsageError {
  return new UsageError("ERR_RUNCACHE_FLAG", message, { flag });
}

function checkWrapped({ name }: AnyCommand, operands: readonly string[], wrapped: readonly string[]): void {
  if (operands.length > 0) {
    throw operandError(name, `put -- before the command that is to run: runcache ${name} … -- ${operands.join(" ")}`);
  }
  if (wrapped.length === 0) throw operandError(name, `'${name}' needs a command: runcache ${name} -- COMMAND ARG…`);
}

function checkOperands({ name, operands: wanted }: AnyCommand, given: readonly string[]): void {
  const missing = wanted.find((operand, index) => operand.optional !== true && given[index] === undefined);
  if (missing !== undefined) throw operandError(name, `'${name}' needs ${missing.name}: ${missing.help}`);
  const most = wanted.at(-1)?.repeats === true ? Infinity : wanted.length;
  if (given.length <= most) return;
  const takes = most === 0 ? "no operand" : most === 1 ? "one operand" : `${most} operands`;
  throw operandError(name, `'${name}' takes ${takes}: leave ${JSON.stringify(given[most])} out`);
}

function operandError(command: string, message: string): UsageError {
  return new UsageError("ERR_RUNCACHE_OPERAND", `${message}; 'runcache help ${command}' says more`, { command });
}
