import { UsageError } from "@runcache/core";
import { parseDuration } from "./parse-duration.js";
import { parseMoment } from "./parse-moment.js";
import { parseSize } from "./parse-size.js";

/** What a flag's value names, so that a shell can complete it. */
export type Completes = "file" | "directory" | "key" | "tool" | "program";

/** One flag of a command: how it is written, what it means, how its value is read. */
export interface Flag<T> {
  /** What stands for the value in help, or null for a flag without one. */
  readonly metavar: string | null;
  /** One sentence without a full stop. */
  readonly help: string;
  /** One letter. */
  readonly short?: string;
  /** May be given several times. */
  readonly repeats?: true;
  /** The only values there are. */
  readonly choices?: readonly string[];
  readonly completes?: Completes;
  /** The value that the given `texts` make, in their order; none where the flag is absent. */
  read(texts: readonly string[], name: string): T;
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** What a command's flags were given, by name. */
export type FlagValues<F extends Flags> = { readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

interface FlagOptions {
  readonly short?: string;
  readonly completes?: Completes;
}

/** A flag that is there or not. */
export function toggle(help: string, options: FlagOptions = {}): Flag<boolean> {
  return { metavar: null, help, ...options, read: (texts) => texts.length > 0 };
}

/** A flag with a text; the last one counts. */
export function text(metavar: string, help: string, options: FlagOptions = {}): Flag<string | undefined> {
  return { metavar, help, ...options, read: (texts) => texts.at(-1) };
}

/** A flag that may be given several times. */
export function list(metavar: string, help: string, options: FlagOptions = {}): Flag<readonly string[]> {
  return { metavar, help, ...options, repeats: true, read: (texts) => texts };
}

/** A flag whose value is one of `choices`. */
export function choice<const C extends string>(choices: readonly C[], help: string): Flag<C | undefined> {
  return {
    metavar: choices.join("|"),
    help,
    choices,
    read: (texts, name) => {
      const given = texts.at(-1);
      const found = choices.find((known) => known === given);
      if (given === undefined || found !== undefined) return found;
      throw badValue(name, given, `one of ${choices.join(", ")}`);
    },
  };
}

/** A flag with a length of time, in milliseconds. */
export function duration(help: string): Flag<number | undefined> {
  return lastOf("AGE", help, parseDuration, "a length of time like 90s, 12h, 30d");
}

/** A flag with a point in time, in milliseconds since 1970: so long ago, or a date. */
export function moment(help: string): Flag<number | undefined> {
  return lastOf(
    "WHEN",
    help,
    parseMoment,
    "a length of time like 12h or 30d, or a date like 2026-11-21 or 2026-11-21T08:30Z",
  );
}

/** A flag with an amount of storage, in bytes. */
export function size(help: string): Flag<number | undefined> {
  return lastOf("SIZE", help, parseSize, "a size like 500M, 50G, 1.5T");
}

/** A flag with a whole number that is not negative. */
export function count(help: string): Flag<number | undefined> {
  const parse = (given: string) => (/^\d{1,15}$/.test(given) ? Number(given) : null);
  return lastOf("N", help, parse, "a whole number");
}

function lastOf(
  metavar: string,
  help: string,
  parse: (given: string) => number | null,
  wanted: string,
): Flag<number | undefined> {
  return {
    metavar,
    help,
    read: (texts, name) => {
      const given = texts.at(-1);
      if (given === undefined) return undefined;
      const value = parse(given);
      if (value === null) throw badValue(name, given, wanted);
      return value;
    },
  };
}

/** The error of a flag whose value it cannot have; `wanted` completes "give it …". */
export function badValue(name: string, given: string, wanted: string): UsageError {
  const message = `--${name} cannot be ${JSON.stringify(given)}: give it ${wanted}`;
  return new UsageError("ERR_RUNCACHE_FLAG_VALUE", message, { flag: name, given });
}
