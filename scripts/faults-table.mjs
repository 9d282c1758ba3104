// @ts-check
// Writes test/faults/README.md from a run of the fault suite: which row, what the user sees, how it is tested, result.
// Usage: node scripts/faults-table.mjs [--check]   (--check: fails where the table names other tests than there are)
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { format, resolveConfig } from "prettier";
import { repoRoot } from "./lib/packages.mjs";

/** @typedef {{ row: number, fault: string, behaviour: string, method: string, result: string }} Line */

/** Rows of the fault model that no test here covers, and why. */
const UNTESTED = [
  [4, "containers after a SIGKILL", "tested with the container runners, test/container"],
  [6, "a tool that ignores a full disk and exits 0", "cannot be known; `missingOutputs` and `verify` narrow it"],
  [8, "a crash inside prune", "prune renames before it deletes; what is left in .trash is swept by the next one"],
  [11, "EIO when an entry is read", "needs a block device that fails"],
  [13, "ENOSPC at close on NFS", "out of CI, by `scripts/long-nfs.sh`: [results](long/NFS.md)"],
  [14, "EXDEV", "unit-tested beside the entry store"],
  [21, "an NFS server that hangs", "out of CI, by `scripts/long-nfs.sh`: [results](long/NFS.md)"],
  [22, "ESTALE", "out of CI, by `scripts/long-nfs.sh`: [results](long/NFS.md)"],
  [23, "silly-renamed files on NFS", "what cannot be removed stays in .trash, and is swept by a later prune"],
  [26, "writers on two NFS hosts", "out of CI, by `scripts/long-nfs.sh`: [results](long/NFS.md)"],
  [27, "a rename whose reply is lost", "unit-tested beside the entry store"],
  [29, "two waiters that break one stale lock", "a lock carries no correctness: row 24 runs without any"],
  [31, "attribute caches of NFS", "out of CI, by `scripts/long-nfs.sh`: [results](long/NFS.md)"],
  [32, "an input that changes while it is hashed", "unit-tested beside the hashing"],
  [33, "an input that changes during the run", "test/caching/protocol.test.ts"],
  [
    34,
    "coarse times and writers through mmap",
    "the ledger's rules are unit-tested; mmap is not detected, as the README says",
  ],
  [49, "shell and mount injection", "tested with the container runners, test/container"],
  [50, "a tag that moves between resolving and running", "tested with the container runners, test/container"],
  [52, "standard input", "test/caching/exec.test.ts and test/local"],
  [53, "huge and binary streams", "test/local"],
];

const target = path.join(repoRoot, "test/faults/README.md");
const lines = runSuite();
if (process.argv.includes("--check")) check(lines);
else writeFileSync(target, await format(page(lines), { ...(await resolveConfig(target)), parser: "markdown" }));

/** @returns {Line[]} */
function runSuite() {
  const dir = mkdtempSync(path.join(tmpdir(), "runcache-faults-"));
  const report = path.join(dir, "report.json");
  const vitest = path.join(repoRoot, "node_modules/vitest/vitest.mjs");
  const args = [
    vitest,
    "run",
    "--config",
    "test/vitest.config.ts",
    "test/faults",
    "--reporter=json",
    `--outputFile=${report}`,
  ];
  spawnSync(process.execPath, args, { cwd: repoRoot, stdio: ["ignore", "ignore", "inherit"] });
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  rmSync(dir, { recursive: true });
  return testResults
    .flatMap((/** @type {any} */ file) => file.assertionResults)
    .filter((/** @type {any} */ result) => result.meta?.fault !== undefined)
    .map((/** @type {any} */ result) => ({ ...result.meta.fault, result: result.status }))
    .sort((/** @type {Line} */ a, /** @type {Line} */ b) => a.row - b.row);
}

/** @param {readonly Line[]} tested */
function page(tested) {
  const row = (/** @type {readonly (string | number)[]} */ cells) => `| ${cells.join(" | ")} |`;
  return [
    "# Faults",
    "",
    "What can go wrong with a cache of process runs, what the user then sees, and how that is tested. Made by `node scripts/faults-table.mjs` from the tests in this folder; every test ends with the invariants of `invariants.ts`.",
    "",
    row(["row", "fault", "behaviour", "method", "result"]),
    row(["--:", "---", "---", "---", "---"]),
    ...tested.map(({ row: number, fault, behaviour, method, result }) =>
      row([number, fault, behaviour, method, result]),
    ),
    "",
    "## Not tested here",
    "",
    row(["row", "fault", "why"]),
    row(["--:", "---", "---"]),
    ...UNTESTED.map((cells) => row(cells)),
    "",
  ].join("\n");
}

/** @param {readonly Line[]} tested */
function check(tested) {
  const text = readFileSync(target, "utf8");
  const missing = tested.filter(({ row, fault }) => !text.includes(`| ${row} | ${fault} |`));
  if (missing.length === 0 && tested.length > 0) return;
  process.stderr.write(`test/faults/README.md is not what the tests say; run node scripts/faults-table.mjs\n`);
  process.exitCode = 1;
}
