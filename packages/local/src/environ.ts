import { UsageError } from "@runcache/core";

/** The environment of a process: names and values. */
export type Environ = Readonly<Record<string, string>>;

/**
 * A copy of an environment that a user gave, without what is undefined in it.
 * @throws UsageError `ERR_RUNCACHE_ENVIRON` on a name or value that no process can have
 */
export function checkEnviron(environ: Readonly<Record<string, string | undefined>>): Environ {
  const entries = Object.entries(environ).filter((entry): entry is [string, string] => entry[1] !== undefined);
  for (const [name, value] of entries) {
    if (name !== "" && !/[=\0]/.test(name) && typeof (value as unknown) === "string" && !value.includes("\0")) continue;
    throw new UsageError(
      "ERR_RUNCACHE_ENVIRON",
      `${JSON.stringify(name)} cannot be set in an environment: names are not empty and hold neither '=' nor NUL, values are strings without NUL`,
      { name },
    );
  }
  return Object.freeze(Object.fromEntries(entries));
}
