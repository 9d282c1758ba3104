import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { nearestName, UsageError } from "@runcache/core";
import { findConfigFile } from "./config-file.js";
import type { SettingSpec } from "./setting.js";
import {
  SETTINGS,
  type GivenSettings,
  type Setting,
  type SettingName,
  type Settings,
  type Source,
} from "./settings.js";

/** One place that sets something; a later one hides an earlier one. */
interface Layer {
  readonly source: (name: SettingName) => Source;
  readonly values: Readonly<Partial<Record<SettingName, unknown>>>;
}

/**
 * Every setting and where it came from: defaults, configuration file, environment, flags; and above all
 * of them, for limits, what the cache's own `.runcache.json` says.
 * @param given settings from flags
 * @throws UsageError `ERR_RUNCACHE_CONFIG` on an unknown setting or a value that it cannot have
 */
export async function loadSettings(cwd: string, env: NodeJS.ProcessEnv, given: GivenSettings): Promise<Settings> {
  const layers = [await fileLayer(cwd), environmentLayer(cwd, env), flagLayer(cwd, given)].filter(
    (layer) => layer !== null,
  );
  const settings = settle(layers, env);
  const limits = cacheLayer(settings.cacheDir.value);
  return limits === null ? settings : settle([...layers, limits], env);
}

function settle(layers: readonly Layer[], env: NodeJS.ProcessEnv): Settings {
  const settled = Object.entries(SETTINGS).map(([key, spec]) => {
    const name = key as SettingName;
    return [name, settleOne(name, spec, layers, env)];
  });
  return strictly(Object.fromEntries(settled) as Settings);
}

/** Who is strict does not want what the cache cannot keep, wherever it was said. */
function strictly(settings: Settings): Settings {
  const { strict, requireCache } = settings;
  return strict.value && !requireCache.value ? { ...settings, requireCache: strict } : settings;
}

function settleOne(
  name: SettingName,
  spec: SettingSpec<unknown>,
  layers: readonly Layer[],
  env: NodeJS.ProcessEnv,
): Setting<unknown> {
  const setting = layers.filter(({ values }) => values[name] !== undefined);
  const sources = setting.map(({ source }) => source(name));
  if (sources.length === 0) return { value: spec.fallback(env), sources: [{ kind: "default" }] };
  if (spec.adds === true) {
    const all = setting.flatMap(({ values }) => values[name] as readonly string[]);
    return { value: [...new Set(all)], sources };
  }
  return { value: setting.at(-1)?.values[name], sources: sources.slice(-1) };
}

async function fileLayer(cwd: string): Promise<Layer | null> {
  const file = await findConfigFile(cwd);
  if (file === null) return null;
  return { source: () => ({ kind: "file", path: file.path }), values: readValues(file.values, file.path) };
}

function environmentLayer(cwd: string, env: NodeJS.ProcessEnv): Layer {
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const [name, spec] of entries()) {
    const text = env[spec.env];
    if (text !== undefined && text !== "") values[name] = readValue(spec, text, cwd, spec.env);
  }
  return { source: (name) => ({ kind: "environment", name: SETTINGS[name].env }), values };
}

function flagLayer(cwd: string, given: GivenSettings): Layer {
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const [name, spec] of entries()) {
    if (given[name] !== undefined) values[name] = readValue(spec, given[name], cwd, flagName(name));
  }
  return { source: (name) => ({ kind: "flag", name: flagName(name) }), values };
}

function flagName(name: SettingName): string {
  return `--${SETTINGS[name].flag ?? name}`;
}

/** The limits that the owner of a cache set; null where there is no cache yet, or where none can be read. */
function cacheLayer(cacheDir: string): Layer | null {
  const path = join(cacheDir, ".runcache.json");
  let limits: unknown;
  try {
    ({ limits } = JSON.parse(readFileSync(path, "utf8")) as { limits?: unknown });
  } catch (error) {
    // Whether the cache can be used at all is judged where it is opened.
    if (error instanceof SyntaxError || (error instanceof Error && "syscall" in error)) return null;
    throw error;
  }
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const [name, spec] of entries()) {
    // Limits of a newer runcache are left alone.
    const given = spec.ofCache === undefined || !isObject(limits) ? undefined : limits[spec.ofCache];
    if (given !== undefined) values[name] = readValue(spec, given, cacheDir, `${path}: ${spec.ofCache}`);
  }
  return { source: () => ({ kind: "cache", path }), values };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function readValues(given: Readonly<Record<string, unknown>>, path: string): Layer["values"] {
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const [key, value] of Object.entries(given)) {
    if (key === "$schema") continue;
    const name = Object.hasOwn(SETTINGS, key) ? (key as SettingName) : undefined;
    if (name === undefined) throw unknownSetting(key, path);
    values[name] = readValue(SETTINGS[name], value, dirname(path), `${path}: ${key}`);
  }
  return values;
}

function readValue(spec: SettingSpec<unknown>, given: unknown, baseDir: string, place: string): unknown {
  const value = spec.read(given, baseDir);
  if (value !== undefined) return value;
  // What should hold a secret may hold it in a form that nobody recognises.
  const shown = spec.withoutSecret === undefined ? { given } : {};
  const fault = "given" in shown ? JSON.stringify(given) : "what it is";
  throw new UsageError("ERR_RUNCACHE_CONFIG", `${place} cannot be ${fault}: it is ${spec.wanted}`, { place, ...shown });
}

function unknownSetting(key: string, path: string): UsageError {
  const near = nearestName(key, Object.keys(SETTINGS));
  const hint = near === undefined ? "'runcache config' lists what there is" : `did you mean ${JSON.stringify(near)}?`;
  const message = `${path} has an unknown setting ${JSON.stringify(key)}; ${hint}`;
  return new UsageError("ERR_RUNCACHE_CONFIG", message, { path, key });
}

function entries(): [SettingName, SettingSpec<unknown>][] {
  return Object.entries(SETTINGS) as [SettingName, SettingSpec<unknown>][];
}
