import { canonicalText } from "@runcache/core";
import { formatAge, formatBytes, formatDuration } from "../output/format.js";
import { printable } from "../output/printable.js";
import { formatTable } from "../output/table.js";
import type { Run } from "./open-runs.js";

/** Runs as a table for people. Where they are of several versions, each says its own. */
export function runTable(runs: readonly Run[], nowMs: number): string[] {
  const hasVersions = new Set(runs.map(({ version }) => version)).size > 1;
  const columns = [
    { title: "ID" },
    ...(hasVersions ? [{ title: "VERSION" }] : []),
    { title: "MADE" },
    { title: "TOOK", align: "right" },
    { title: "SIZE", align: "right" },
    { title: "PARAMS" },
  ] as const;
  return formatTable(
    columns,
    runs.map((run) => [
      run.shortId,
      ...(hasVersions ? [printable(run.version)] : []),
      formatAge(Date.parse(run.createdAt), nowMs),
      formatDuration(run.elapsedSeconds * 1000),
      formatBytes(run.resultSize),
      printable(membersText(run.params)),
    ]),
  );
}

/** `dt=0.01 method="rk4"`: values as JSON. */
export function membersText(members: object): string {
  return Object.entries(plainJson(members))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(" ");
}

/** A run for programs: what its export has. */
export function runJson(run: Run): object {
  const { id, shortId, name, version, replicate, resultFile, resultSize, createdAt, elapsedSeconds } = run;
  const own = { id, shortId, name, version, replicate, resultFile, resultSize, createdAt, elapsedSeconds };
  return { ...own, params: plainJson(run.params), metadata: plainJson(run.metadata) };
}

/** What JSON lacks (NaN, bigints) is written as the key writes it. */
function plainJson(members: object): object {
  return JSON.parse(canonicalText(members, { root: "run" })) as object;
}
