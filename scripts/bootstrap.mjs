// @ts-check
// Makes a fresh clone ready: installs the locked dependencies with the pinned pnpm, then builds. Needs only Node and npm.
// The install is skipped while nothing that it depends on has changed; the build is incremental.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { repoRoot, workspaceDirs } from "./lib/packages.mjs";
import { pnpm, run } from "./lib/pnpm.mjs";

const stampFile = path.join(repoRoot, "node_modules", ".runcache-bootstrap");

try {
  checkNode();
  installIfNeeded();
  run(process.execPath, ["scripts/build.mjs"]);
} catch (error) {
  process.stderr.write(`bootstrap: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function installIfNeeded() {
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === fingerprint()) return;
  pnpm("install", "--frozen-lockfile");
  writeFileSync(stampFile, fingerprint());
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Error(`Node ${process.versions.node} is too old: runcache needs Node 20.19 or newer.`);
  }
}

/** What an install depends on: the lock, the workspace's settings and every package.json. */
function fingerprint() {
  const files = [
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    ...[".", ...workspaceDirs()].map((dir) => `${dir}/package.json`),
  ];
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(path.join(repoRoot, file)));
  return hash.digest("hex");
}
