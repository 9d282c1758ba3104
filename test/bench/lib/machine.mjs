// @ts-check
// What a figure depends on, and nothing that names the machine or its owner.
import { execFileSync } from "node:child_process";
import { statfsSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { readManifest, repoRoot } from "../../../scripts/lib/packages.mjs";

const FILE_SYSTEMS = new Map([
  [0xef53, "ext4"],
  [0x58465342, "xfs"],
  [0x9123683e, "btrfs"],
  [0x794c7630, "overlay"],
  [0x01021994, "tmpfs"],
]);

/**
 * @typedef {{ cpu: string, cores: number, memoryGiB: number, system: string, fileSystem: string }} Machine
 * @param {string} dir host path where the measures work
 * @returns {Machine}
 */
export function describeMachine(dir) {
  const kind = statfsSync(dir).type;
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    fileSystem: FILE_SYSTEMS.get(kind) ?? `0x${kind.toString(16)}`,
  };
}

/** Versions of what is measured: ours by its commit, with a `+` where files differ from it. */
export function describeVersions() {
  return { runcache: `${readManifest("packages/core").version} (${commit()})`, node: process.versions.node };
}

function commit() {
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync("git", args, { cwd: repoRoot, encoding: "utf8" }).trim();
  return git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "--", "packages") === "" ? "" : "+");
}
