// @ts-check
// Writes test/faults/long/NFS.md and nfs.json from what the scenario recorded. Argument: its file.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { format, resolveConfig } from "prettier";
import { repoRoot } from "../lib/packages.mjs";

/** @typedef {{ version: string, check: string, ok: boolean, counted: unknown }} Check */

const results = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
const { startedAt, finishedAt, machine } = results;
/** @type {Check[]} */
const checks = results.checks;
const names = [...new Set(checks.map(({ check }) => check))];
const versions = [...new Set(checks.map(({ version }) => version))];
const minutes = Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 60_000);

const rows = names.map((name) => {
  const cells = versions.map((version) =>
    verdictOf(checks.find((one) => one.check === name && one.version === version)),
  );
  return `| ${[name, ...cells].join(" | ")} |`;
});
const details = checks.map(({ version, check, counted }) =>
  [`### NFS ${version}: ${check}`, "", "```json", JSON.stringify(counted), "```", ""].join("\n"),
);
const page = [
  `# Two clients of one NFS server, ${startedAt.slice(0, 10)}`,
  "",
  `${minutes} minutes in an emulated machine, by \`scripts/long-nfs.sh\`: ${machine}; the kernel's own server with a \`sync\` export, and two clients in network namespaces with host names and mounts of their own (version 3 with \`nolock\`). Times are those of an emulator. The same as data: [nfs.json](nfs.json).`,
  "",
  `| | ${versions.map((version) => `NFS ${version}`).join(" | ")} |`,
  `| --- | ${versions.map(() => "---").join(" | ")} |`,
  ...rows,
  "",
  "## What was counted",
  "",
  ...details,
].join("\n");

await write("NFS.md", page, "markdown");
await write("nfs.json", JSON.stringify(results), "json");
for (const { version, check, ok } of checks) if (!ok) process.stderr.write(`NFS ${version}: not so: ${check}\n`);
if (checks.length === 0 || checks.some(({ ok }) => !ok)) process.exitCode = 1;

/** @param {Check | undefined} check */
function verdictOf(check) {
  if (check === undefined) return "not tried";
  return check.ok ? "holds" : "**does not hold**";
}

/** @param {string} name @param {string} text @param {string} parser */
async function write(name, text, parser) {
  const target = path.join(repoRoot, "test/faults/long", name);
  writeFileSync(target, await format(text, { ...(await resolveConfig(target)), parser }));
}
