import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { hasCode, UsageError } from "@runcache/core";

const NAMES = ["runcache.config.json", "runcache.config.ts"] as const;

/** A configuration file as it was written. */
export interface ConfigFile {
  /** Host path. */
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * The nearest configuration file in `cwd` or above it, or null.
 * @throws UsageError `ERR_RUNCACHE_CONFIG` where it cannot be read
 */
export async function findConfigFile(cwd: string): Promise<ConfigFile | null> {
  for (let dir = cwd; ; dir = dirname(dir)) {
    const found = NAMES.map((name) => join(dir, name)).filter((path) => existsSync(path));
    const [path, other] = found;
    if (other !== undefined) {
      throw configError(dir, `${dir} holds both ${NAMES.join(" and ")}: keep one of them`);
    }
    if (path !== undefined) return { path, values: await load(path) };
    if (dirname(dir) === dir) return null;
  }
}

async function load(path: string): Promise<ConfigFile["values"]> {
  const value = path.endsWith(".json") ? parse(path) : await importDefault(path);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as ConfigFile["values"];
  throw configError(path, `${path} holds no settings: it is an object like {"cacheDir": "../cache"}`);
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError) && !hasCode(error, "EACCES", "EISDIR")) throw error;
    throw configError(path, `${path} cannot be read (${error.message}): mend it`, error);
  }
}

async function importDefault(path: string): Promise<unknown> {
  // Asked before it is tried: code that Node 20 compiled at an earlier start cannot import at all.
  if (!runsTypeScript()) {
    throw configError(
      path,
      `${path} needs a Node that runs TypeScript (22.18 or newer; this is ${process.versions.node}): write the settings into runcache.config.json`,
    );
  }
  try {
    const { default: value } = (await import(pathToFileURL(path).href)) as { default?: unknown };
    return value;
  } catch (error) {
    const message = `${path} cannot be loaded (${error instanceof Error ? error.message : String(error)}): mend it`;
    throw configError(path, message, error);
  }
}

/** False, or not there at all, where it does not. */
function runsTypeScript(): boolean {
  const { typescript } = process.features as { readonly typescript?: string | false };
  return typescript !== undefined && typescript !== false;
}

function configError(path: string, message: string, cause?: unknown): UsageError {
  return new UsageError("ERR_RUNCACHE_CONFIG", message, { path }, cause);
}
