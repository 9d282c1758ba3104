import { resolve } from "node:path";
import { parseDuration } from "../command-line/parse-duration.js";
import { parseSize } from "../command-line/parse-size.js";
import { formatBytes, formatDuration } from "../output/format.js";

/** One thing that can be configured. */
export interface SettingSpec<T> {
  /** Environment variable that sets it. */
  readonly env: string;
  /** Flag that sets it, without dashes; null where none does. */
  readonly flag: string | null;
  /** One sentence without a full stop. */
  readonly help: string;
  /** Completes "it is …". */
  readonly wanted: string;
  /** Its name among the limits in `.runcache.json` of the cache, which rank above everybody's. */
  readonly ofCache?: string;
  /** Layers add up instead of hiding each other. */
  readonly adds?: true;
  fallback(env: NodeJS.ProcessEnv): T;
  /** What anybody may see of the value, which holds a secret otherwise. @default the value */
  withoutSecret?(value: T): T;
  /** For people. @default as it is written in a file */
  show?(value: T): string;
  /**
   * The value that a text of the environment or a value of a file means; undefined where it is none.
   * @param baseDir host directory that relative paths start at
   */
  read(value: unknown, baseDir: string): T | undefined;
}

type Common = Pick<SettingSpec<unknown>, "env" | "flag" | "help" | "ofCache">;

export function choiceSetting<const C extends string>(choices: readonly [C, ...C[]], common: Common): SettingSpec<C> {
  return {
    ...common,
    wanted: `one of ${choices.join(", ")}`,
    fallback: () => choices[0],
    read: (value) => choices.find((choice) => choice === value),
  };
}

export function switchSetting(initial: boolean, common: Common): SettingSpec<boolean> {
  return {
    ...common,
    wanted: "true or false",
    fallback: () => initial,
    read: (value) => (value === true || value === "true" || value === "1" ? true : isNo(value) ? false : undefined),
  };
}

function isNo(value: unknown): boolean {
  return value === false || value === "false" || value === "0";
}

export function pathSetting(fallback: (env: NodeJS.ProcessEnv) => string, common: Common): SettingSpec<string> {
  return {
    ...common,
    wanted: "a path",
    fallback,
    read: (value, baseDir) => (typeof value === "string" && value !== "" ? resolve(baseDir, value) : undefined),
  };
}

export function textSetting(wanted: string, common: Common): SettingSpec<string | null> {
  return {
    ...common,
    wanted,
    fallback: () => null,
    read: (value) => (typeof value === "string" && value !== "" ? value : undefined),
  };
}

/** The address of a PostgreSQL index. Its password is shown to nobody. */
export function postgresSetting(common: Common): SettingSpec<string | null> {
  return {
    ...common,
    wanted: "an address like postgresql://user@host:5432/database",
    fallback: () => null,
    read: (value) => (typeof value === "string" && /^postgres(?:ql)?:\/\//.test(value) ? value : undefined),
    withoutSecret: (value) =>
      value?.replace(/^(\w+:\/\/[^:@/?]*):[^@/?]*@/, "$1:***@").replace(/([?&]password=)[^&]*/gi, "$1***") ?? null,
  };
}

/** Names, as a list, or as a text with commas. */
export function namesSetting(form: RegExp, common: Common): SettingSpec<readonly string[]> {
  return {
    ...common,
    wanted: "names without values, with commas between them",
    adds: true,
    fallback: () => [],
    read: (value) => {
      const names: unknown[] = typeof value === "string" ? value.split(",").map((name) => name.trim()) : asList(value);
      const isValid = names.length > 0 && names.every((name) => typeof name === "string" && form.test(name));
      return isValid ? (names as string[]) : undefined;
    },
  };
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function durationSetting(common: Common): SettingSpec<number | null> {
  return limitSetting("a length of time like 12h or 30d", parseDuration, formatDuration, common);
}

export function sizeSetting(common: Common): SettingSpec<number | null> {
  return limitSetting("a size like 500M or 50G", parseSize, formatBytes, common);
}

export function countSetting(common: Common): SettingSpec<number | null> {
  return limitSetting("a whole number", (text) => (/^\d{1,15}$/.test(text) ? Number(text) : null), String, common);
}

/** A number, or a text with a unit; null is no limit. */
function limitSetting(
  wanted: string,
  parse: (text: string) => number | null,
  format: (value: number) => string,
  common: Common,
): SettingSpec<number | null> {
  return {
    ...common,
    wanted,
    show: (value) => (value === null ? "none" : format(value)),
    fallback: () => null,
    read: (value) => {
      if (value === null || value === "none") return null;
      if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
      return typeof value === "string" ? (parse(value) ?? undefined) : undefined;
    },
  };
}
