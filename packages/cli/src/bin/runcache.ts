#!/usr/bin/env node
// How long a hit takes to begin is decided here: this file, which the build turns into CommonJS because Node starts it
// faster, loads the bundle of the command, compiled by an earlier start where the user has a place to keep that.
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import nodeModule, { createRequire, Module } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, Script } from "node:vm";

interface Command {
  main(words: readonly string[]): Promise<number>;
}

/** What newer versions of `node:module` have, too. */
interface NodeCompileCache {
  enableCompileCache(dir: string): unknown;
}

const bundle = join(dirname(fileURLToPath(import.meta.url)), "..", "bundle", "run.cjs");

void start(process.argv.slice(2));

async function start(words: readonly string[]): Promise<void> {
  const dir = compileCacheDir();
  const isCompiledByNode = "enableCompileCache" in nodeModule; // since Node 22.1
  if (dir === null || isCompiledByNode) {
    if (dir !== null) (nodeModule as unknown as NodeCompileCache).enableCompileCache(dir);
    process.exitCode = await (createRequire(bundle)(bundle) as Command).main(words);
  } else {
    const { command, keep } = compile(dir);
    process.exitCode = await command.main(words);
    keep();
  }
}

/**
 * Host path of the directory for compiled code; null where it may not be trusted: what lies there is run, so it has to
 * belong to the user who runs it (under sudo, HOME may be another's).
 */
function compileCacheDir(): string | null {
  const { XDG_CACHE_HOME: xdg } = process.env;
  try {
    const base = xdg === undefined || xdg === "" ? join(homedir(), ".cache") : xdg;
    const dir = join(base, "runcache", "compile");
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const { uid, mode } = statSync(dir);
    return uid === process.geteuid?.() && (mode & 0o022) === 0 ? dir : null;
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}

/** What `require(bundle)` gives, by the code that an earlier start left in `dir`; `keep` leaves it there. */
function compile(dir: string): { readonly command: Command; readonly keep: () => void } {
  const { mtimeMs, size } = statSync(bundle);
  const file = join(dir, `${process.version}-${process.arch}-${size}-${Math.round(mtimeMs)}.bin`);
  const cachedData = readIfAny(file);
  const source = readFileSync(bundle, "utf8");
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: bundle,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  const loaded = new Module(bundle);
  const require = createRequire(bundle);
  require.cache[bundle] = loaded; // the other files of the bundle require this one
  const run = script.runInThisContext() as (...values: unknown[]) => void;
  run(loaded.exports, require, loaded, bundle, dirname(bundle));
  loaded.loaded = true;
  return {
    command: loaded.exports as Command,
    keep: () => {
      if (cachedData === undefined || script.cachedDataRejected === true) write(file, script.createCachedData());
    },
  };
}

function readIfAny(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

/** Whole or not at all; without it the next start takes longer, and nothing else. */
function write(file: string, bytes: Uint8Array): void {
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, bytes, { flag: "wx", mode: 0o600 });
    renameSync(draft, file);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}
