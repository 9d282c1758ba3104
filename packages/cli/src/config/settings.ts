import { defaultCacheDir } from "@runcache/core";
import {
  choiceSetting,
  countSetting,
  durationSetting,
  namesSetting,
  pathSetting,
  postgresSetting,
  sizeSetting,
  switchSetting,
  textSetting,
  type SettingSpec,
} from "./setting.js";

/** Everything that can be configured. The first choice of each is its default. */
export const SETTINGS = {
  cacheDir: pathSetting(() => defaultCacheDir(), {
    env: "RUNCACHE_DIR",
    flag: "cache",
    help: "Directory of the cache",
  }),
  mode: choiceSetting(["on", "off", "read-only", "refresh"], {
    env: "RUNCACHE",
    flag: null,
    help: "Whether runs are served and kept: off runs everything, read-only keeps nothing, refresh replaces entries",
  }),
  runner: choiceSetting(["local", "docker", "podman", "apptainer"], {
    env: "RUNCACHE_RUNNER",
    flag: "runner",
    help: "What runs a command",
  }),
  image: textSetting("the name of a container image", {
    env: "RUNCACHE_IMAGE",
    flag: "image",
    help: "Container image that a command runs in",
  }),
  env: namesSetting(/^[^=\0,\s]+$/, {
    env: "RUNCACHE_ENV",
    flag: "env",
    help: "Environment variables whose values are in the key",
  }),
  infer: switchSetting(true, {
    env: "RUNCACHE_INFER",
    flag: "no-infer",
    help: "Whether arguments that name existing files are inputs",
  }),
  link: choiceSetting(["copy", "hard", "sym"], {
    env: "RUNCACHE_LINK",
    flag: "link",
    help: "How a hit puts outputs back",
  }),
  requireCache: switchSetting(false, {
    env: "RUNCACHE_REQUIRE_CACHE",
    flag: "require-cache",
    help: "Whether a run that cannot be cached is a failure",
  }),
  strict: switchSetting(false, {
    env: "RUNCACHE_STRICT",
    flag: "strict",
    help: "Whether undeclared writes into the working directory are one, too",
  }),
  verify: choiceSetting(["stat", "digest"], {
    env: "RUNCACHE_VERIFY",
    flag: null,
    help: "How a hit checks an entry: state of its files, or always their content",
  }),
  durability: choiceSetting(["safe", "full", "none"], {
    env: "RUNCACHE_DURABILITY",
    flag: null,
    ofCache: "durability",
    help: "What is flushed to disk before an entry is visible",
  }),
  maxSize: sizeSetting({
    env: "RUNCACHE_MAX_SIZE",
    flag: "max-size",
    ofCache: "maxSizeBytes",
    help: "What the cache may grow to; it is pruned now and then",
  }),
  maxAge: durationSetting({
    env: "RUNCACHE_MAX_AGE",
    flag: "max-age",
    ofCache: "maxAgeMs",
    help: "How long an entry stays without being used",
  }),
  maxEntries: countSetting({
    env: "RUNCACHE_MAX_ENTRIES",
    flag: "max-entries",
    ofCache: "maxEntries",
    help: "How many entries there may be",
  }),
  reserve: sizeSetting({
    env: "RUNCACHE_RESERVE",
    flag: null,
    ofCache: "reserveBytes",
    help: "What stays free on the disk of the cache",
  }),
  runsIndex: postgresSetting({
    env: "RUNCACHE_RUNS_INDEX",
    flag: "index",
    help: "PostgreSQL index of run stores that have none in their directory",
  }),
  stats: switchSetting(true, {
    env: "RUNCACHE_STATS",
    flag: null,
    help: "Whether hits and misses are counted",
  }),
} as const satisfies Record<string, SettingSpec<unknown>>;

export type SettingName = keyof typeof SETTINGS;

type ValueOf<S> = S extends SettingSpec<infer T> ? T : never;

/** Where a value came from. */
export type Source =
  | { readonly kind: "default" }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "environment"; readonly name: string }
  | { readonly kind: "flag"; readonly name: string }
  | { readonly kind: "cache"; readonly path: string };

/** One decided setting. */
export interface Setting<T> {
  readonly value: T;
  /** Where it came from; several where layers add up. */
  readonly sources: readonly Source[];
}

/** Every setting, decided. */
export type Settings = { readonly [K in SettingName]: Setting<ValueOf<(typeof SETTINGS)[K]>> };

/** A layer of settings that are already read: the flags. */
export type GivenSettings = { readonly [K in SettingName]?: ValueOf<(typeof SETTINGS)[K]> | undefined };
