import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CachingRunner, RuncacheError, type CacheableExecution, type ExecResult } from "@runcache/core";
import type { Place } from "../check/compare-files.js";
import { compareTrees, type TreeDifference } from "../check/compare-trees.js";
import { parseTolerance } from "../check/tolerance.js";
import { defineCommand } from "../command-line/command.js";
import { jsonFlag } from "../command-line/common-flags.js";
import { list } from "../command-line/flags.js";
import { EXIT } from "../exit-codes.js";
import { plural, quoteWord } from "../output/format.js";
import type { Output } from "../output/output.js";
import { printable } from "../output/printable.js";
import { exitCodeOf } from "../run/exit-status.js";
import { interruptible } from "../run/interrupt.js";
import { makeBase } from "../run/make-base.js";
import { runFlags } from "../run/run-flags.js";
import { keyParams, planCommand, planRun, type RunPlan } from "../run/run-plan.js";

/** Names of the files that take the streams. */
const STREAMS = ["(stdout)", "(stderr)"] as const;

export const check = defineCommand({
  name: "check",
  summary: "Run a command again and compare: does it always write the same?",
  description: [
    "Takes the flags of 'run'. The first result is that of the cache, or of a run that enters it; the second run's outputs are then compared with it, byte for byte. The exit code is 0 where nothing differs and 1 where something does: such a command is cached all the same, and its first result is what later runs get.",
  ],
  operands: [],
  wraps: true,
  flags: {
    ...runFlags,
    tolerance: list("GLOB=N", "In text files of these names numbers may differ by this share (1e-6)"),
    ...jsonFlag,
  },
  examples: [
    [
      "runcache check --tolerance '*.csv=1e-9' --out fit.csv -- ./fit data.csv fit.csv",
      "numbers that are near count as equal",
    ],
  ],
  run: ({ flags, command, context }) =>
    interruptible(async (interrupts) => {
      interrupts.listen();
      const temp = mkdtempSync(join(tmpdir(), "runcache-check-"));
      try {
        const tolerances = flags.tolerance.map(parseTolerance);
        const plan = await planRun(context, command, flags, interrupts);
        try {
          const first = await firstResult(plan, interrupts.signal);
          const [outputs, streams, firstStreams] = dirsIn(temp);
          await runAgain(plan, { outputs, streams }, interrupts.signal);
          writeStreams(first, firstStreams);
          const differences = [
            ...compareTrees(first.outputDir, outputs, { without: [".runcache"], tolerances }),
            ...compareTrees(firstStreams, streams, { without: [], tolerances: [] }),
          ];
          if (flags.json) context.out.json({ key: first.key, differences });
          else report(context.out, differences);
          return differences.length === 0 ? EXIT.ok : EXIT.no;
        } finally {
          await plan.stdin.dispose();
        }
      } finally {
        rmSync(temp, { recursive: true, force: true });
      }
    }),
});

/** @throws ToolError where the command fails; RuncacheError `ERR_RUNCACHE_CHECK` where its result cannot be kept */
async function firstResult(plan: RunPlan, signal: AbortSignal): Promise<ExecResult> {
  const { uncacheable, settings } = plan;
  if (uncacheable !== null) throw checkError(uncacheable.reason);
  const runner = new CachingRunner({
    base: await makeBase(plan),
    cacheDir: settings.cacheDir.value,
    policy: plan.policy,
  });
  const result = await runner.exec(plan.tool, (io) => planCommand(plan, io), {
    params: keyParams(plan),
    ...(plan.stdin.path === null ? {} : { stdin: plan.stdin.path }),
    okExitCodes: plan.okExitCodes,
    signal,
  });
  if (!result.stored) throw checkError(result.notStored?.detail ?? "the cache cannot be used");
  return result;
}

function checkError(reason: string): RuncacheError {
  const message = `there is nothing to compare with, because the first result cannot be kept: ${reason}`;
  return new RuncacheError("ERR_RUNCACHE_CHECK", message);
}

function dirsIn(temp: string): [string, string, string] {
  const dirs: [string, string, string] = [join(temp, "outputs"), join(temp, "streams"), join(temp, "first-streams")];
  for (const dir of dirs) mkdirSync(dir);
  return dirs;
}

/** Where the second run leaves what. Host directories. */
interface Destination {
  readonly outputs: string;
  readonly streams: string;
}

async function runAgain(plan: RunPlan, { outputs, streams }: Destination, signal: AbortSignal): Promise<void> {
  const execution = (await makeBase(plan)).startExecution({
    id: plan.tool.id,
    name: plan.tool.name,
    package: plan.tool.package ?? "",
    ...(plan.tool.image === undefined ? {} : { container_image_tag: plan.tool.image }),
  }) as CacheableExecution;
  const cargs = planCommand(plan, { input: (path) => execution.inputFile(path), output: (name) => name });
  execution.outputDir = outputs;
  const fds = STREAMS.map((name) => openSync(join(streams, name), "wx+"));
  try {
    const [stdoutFd = 1, stderrFd = 2] = fds;
    const result = await execution.captureAsync?.({ cargs, stdin: plan.stdin.path, stdoutFd, stderrFd, signal });
    const doubt = result?.doubt?.detail;
    const code = result === undefined ? EXIT.failed : exitCodeOf(result);
    if (doubt === undefined && plan.okExitCodes.includes(code)) return;
    const message = `the second run is no result to compare with: ${doubt ?? `it ended with exit code ${code}`}`;
    throw new RuncacheError("ERR_RUNCACHE_CHECK", message);
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

function writeStreams(result: ExecResult, dir: string): void {
  writeFileSync(join(dir, STREAMS[0]), result.stdoutBytes());
  writeFileSync(join(dir, STREAMS[1]), result.stderrBytes());
}

const CHANGES = {
  missing: "was not written again",
  added: "was written only the second time",
  kind: "is another kind of file",
  mode: "is executable only once",
  content: "differs",
} as const;

function report(out: Output, differences: readonly TreeDifference[]): void {
  for (const { path, change, place } of differences) {
    out.line(`${printable(path)} ${CHANGES[change]}${place === null ? "" : placeText(place)}`);
  }
  if (differences.length === 0) out.line("the same, twice");
  else out.line(`${plural(differences.length, "difference")}: the command is not deterministic`);
}

function placeText({ line, offsetBytes, texts }: Place): string {
  const where = line === null ? ` from byte ${offsetBytes} on` : ` from line ${line}, byte ${offsetBytes} on`;
  return texts === null ? where : `${where}: ${texts.map((text) => quoteWord(printable(text))).join(" → ")}`;
}
