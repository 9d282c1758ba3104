// @ts-check
// Installs the peers that are missing, by the ordinary clients of their registries, outside the repository.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { PEERS, peersHome } from "./peers.mjs";

/** What fails is said, and its rows are then not measured. */
export function installPeers() {
  const home = peersHome();
  mkdirSync(home, { recursive: true });
  for (const from of /** @type {const} */ (["npm", "cargo", "pip"])) {
    const missing = Object.entries(PEERS).flatMap(([name, peer]) =>
      peer.from === from && !existsSync(path.join(home, peer.command))
        ? [{ name, version: peer.version, command: peer.command }]
        : [],
    );
    if (missing.length > 0) INSTALLERS[from](home, missing);
  }
}

/** @typedef {readonly { name: string, version: string, command: string }[]} Wanted */

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
    // An environment each: that its Python is there says that it was installed.
    for (const { name, version, command } of wanted) {
      const bin = path.dirname(path.join(home, command));
      install("python3", ["-m", "venv", path.dirname(bin)]);
      const isThere = install(path.join(bin, "pip"), ["install", "--quiet", `${name}==${version}`]);
      if (!isThere) rmSync(path.dirname(bin), { recursive: true, force: true });
    }
  },
};

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {boolean} whether it went well
 */
function install(command, args) {
  process.stderr.write(`bench: ${path.basename(command)} ${args.slice(0, 3).join(" ")} …\n`);
  const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
  if (status !== 0)
    process.stderr.write(`bench: ${command} failed: ${error?.message ?? stderr.trim().split("\n").at(-1) ?? ""}\n`);
  return status === 0;
}
