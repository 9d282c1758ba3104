// @ts-check
// Installs the peers that are missing, by the ordinary clients of their registries, outside the repository.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { PEERS, peersHome } from "./peers.mjs";

/** What fails is said, and its rows are then not measured. */
export function installPeers() {
  const home = peersHome();
  mkdirSync(home, { recursive: true });
  for (const from of /** @type {const} */ (["npm", "cargo", "pip"])) {
    const missing = Object.entries(PEERS).flatMap(([name, peer]) =>
      peer.from === from && !existsSync(path.join(home, peer.command)) ? [{ name, version: peer.version }] : [],
    );
    if (missing.length > 0) INSTALLERS[from](home, missing);
  }
}

/** @typedef {readonly { name: string, version: string }[]} Wanted */

const INSTALLERS = {
  /** @param {string} home @param {Wanted} wanted */
  npm(home, wanted) {
    const packages = wanted.map(({ name, version }) => `${name}@${version}`);
    install("npm", ["install", "--prefix", path.join(home, "npm"), "--no-audit", "--no-fund", ...packages]);
  },
  /** @param {string} home @param {Wanted} wanted */
  cargo(home, wanted) {
    for (const { name, version } of wanted) {
      install("cargo", ["install", name, "--version", version, "--locked", "--root", path.join(home, "cargo")]);
    }
  },
  /** @param {string} home @param {Wanted} wanted */
  pip(home, wanted) {
    const venv = path.join(home, "venv");
    install("python3", ["-m", "venv", venv]);
    const packages = wanted.map(({ name, version }) => `${name}==${version}`);
    install(path.join(venv, "bin/pip"), ["install", "--quiet", ...packages]);
  },
};

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
function install(command, args) {
  process.stderr.write(`bench: ${path.basename(command)} ${args.slice(0, 3).join(" ")} …\n`);
  const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
  if (status !== 0)
    process.stderr.write(`bench: ${command} failed: ${error?.message ?? stderr.trim().split("\n").at(-1) ?? ""}\n`);
}
