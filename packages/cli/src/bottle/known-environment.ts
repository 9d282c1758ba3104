import { environmentDigest, type EnvPart, type JsonValue, type Manifest } from "@runcache/core";

/** What is known of the environment of a run, whose values the key holds only as digests. */
export interface KnownEnvironment {
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly unset: readonly string[];
  /** They had values that nobody wrote down. */
  readonly unknown: readonly string[];
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Values that nobody keeps secret. */
const LOCALE = /^(?:LANG|LC_[A-Z]+|TZ)$/;
const COMMON_VALUES = ["C.UTF-8", "C", "POSIX", "en_US.UTF-8", "UTC", ""];

/** The environment of the run of `manifest`; of locale and time zone the value too, where it is common or is that of `environ`. */
export function knownEnvironment({ parts }: Manifest, environ: NodeJS.ProcessEnv): KnownEnvironment {
  const set: [string, string][] = [];
  const unset: string[] = [];
  const unknown: string[] = [];
  for (const [name, digest] of Object.entries({ ...environIn(parts.runner), ...parts.env })) {
    if (!NAME.test(name)) continue;
    if (digest === null) {
      unset.push(name);
      continue;
    }
    const candidates = LOCALE.test(name) ? [environ[name] ?? "", ...COMMON_VALUES] : [];
    const value = candidates.find((candidate) => environmentDigest(candidate) === digest);
    if (value === undefined) unknown.push(name);
    else set.push([name, value]);
  }
  return { set, unset, unknown };
}

/** What a runner was given explicitly. */
function environIn(runner: JsonValue): EnvPart {
  const environ = typeof runner === "object" && runner !== null && "environ" in runner ? runner["environ"] : null;
  return typeof environ === "object" && environ !== null ? (environ as unknown as EnvPart) : {};
}
