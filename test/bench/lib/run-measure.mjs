// @ts-check
import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { peersHome } from "../peers/peers.mjs";

const CHILD = fileURLToPath(new URL("./child.mjs", import.meta.url));

/**
 * Carries out one measure in a process and a directory of its own.
 * @param {string} name
 * @param {{ parent: string, smoke: boolean, count: number }} options `parent`: host path of an existing directory
 * @returns {Promise<import("./bench.mjs").Result[]>}
 */
export async function runMeasure(name, { parent, ...options }) {
  const dir = mkdtempSync(path.join(parent, `runcache-bench-${name}-`));
  try {
    const work = path.join(dir, "work");
    mkdirSync(work);
    return await inChild(name, { dir: work, ...options }, cleanEnvironment(path.join(dir, "xdg")));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/**
 * No ledger, cache or switch of the user's; peers stay where they are installed.
 * @param {string} cacheHome
 */
function cleanEnvironment(cacheHome) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:RUNCACHE|DEBUG|NODE_OPTIONS)/.test(name));
  return { ...Object.fromEntries(kept), XDG_CACHE_HOME: cacheHome, RUNCACHE_BENCH_PEERS: peersHome() };
}

/**
 * @param {string} name
 * @param {object} options
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<import("./bench.mjs").Result[]>}
 */
async function inChild(name, options, env) {
  const child = fork(CHILD, [name, JSON.stringify(options)], { env });
  /** @type {import("./bench.mjs").Result[] | undefined} */
  let results;
  child.on("message", (message) => (results = /** @type {typeof results} */ (message)));
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (exitCode, signal) => resolve(signal ?? exitCode));
  });
  if (code !== 0 || results === undefined) throw new Error(`measure ${name} failed (${String(code)})`);
  return results;
}
