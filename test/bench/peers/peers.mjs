// @ts-check
// What runcache is measured against, where it is installed. `install.mjs` installs it; nothing of it is in this repository.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { NotMeasured } from "../lib/bench.mjs";

/**
 * An installed peer.
 * @typedef {{ name: string, version: string, command: string }} Peer  `command`: host path, or a name on PATH
 */

/** Turbo's own program: its launcher in Node takes longer than a hit. */
const PLATFORM = `${process.platform}-${process.arch === "x64" ? "64" : process.arch}`;

/** How each is installed, and where its command then is, below {@link peersHome}; `system`: on PATH. */
export const PEERS = /** @type {const} */ ({
  b3sum: { from: "system" },
  ccache: { from: "system" },
  bkt: { from: "cargo", version: "0.8.2", command: "cargo/bin/bkt" },
  turbo: { from: "npm", version: "2.11.11", command: `npm/node_modules/@turbo/${PLATFORM}/bin/turbo` },
  wireit: { from: "npm", version: "0.14.13", command: "npm/node_modules/.bin/wireit" },
  nx: { from: "npm", version: "24.0.6", command: "npm/node_modules/.bin/nx" },
  "@moonrepo/cli": { from: "npm", version: "2.5.5", command: "npm/node_modules/.bin/moon" },
  styxcache: { from: "pip", version: "0.3.0", command: "venv/bin/python" },
  entropic: { from: "pip", version: "2.3.0", command: "venv-entropic/bin/python" },
});

/** Host path of the directory that peers are installed in: `RUNCACHE_BENCH_PEERS`, else one in the user's cache. */
export function peersHome() {
  const { RUNCACHE_BENCH_PEERS: chosen, XDG_CACHE_HOME: cacheHome } = process.env;
  return chosen || path.join(cacheHome || path.join(homedir(), ".cache"), "runcache-bench");
}

/**
 * The peer `name`.
 * @param {string} name
 * @returns {Peer} throws `NotMeasured` where it is not installed
 */
export function findPeer(name) {
  const peer = PEERS[/** @type {keyof typeof PEERS} */ (name)];
  if (peer.from === "system") return { name, command: name, version: systemVersion(name) };
  const command = path.join(peersHome(), peer.command);
  if (!existsSync(command)) throw new NotMeasured(`${name} is not installed`);
  return { name, command, version: peer.version };
}

/** Versions of the peers that are there. */
export function peerVersions() {
  return Object.fromEntries(
    Object.keys(PEERS).flatMap((name) => {
      try {
        return [[name, findPeer(name).version]];
      } catch (error) {
        if (error instanceof NotMeasured) return [];
        throw error;
      }
    }),
  );
}

/** @param {string} program */
function systemVersion(program) {
  const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  if (status !== 0) throw new NotMeasured(`${program} is not on PATH`);
  return /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? "unknown";
}
