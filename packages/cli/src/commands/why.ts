import { CachingRunner, openCache, type CacheKey, type Explanation } from "@runcache/core";
import { defineCommand } from "../command-line/command.js";
import { jsonFlag } from "../command-line/common-flags.js";
import { EXIT } from "../exit-codes.js";
import { formatAge, formatDuration } from "../output/format.js";
import { differenceTexts, missText, wordedDifferences } from "../reports/differences.js";
import { interruptible } from "../run/interrupt.js";
import { makeBase } from "../run/make-base.js";
import { runFlags } from "../run/run-flags.js";
import { shortKey } from "../run/run-log.js";
import { keyParams, planCommand, planRun, type RunPlan } from "../run/run-plan.js";

export const why = defineCommand({
  name: "why",
  summary: "Say whether a command would hit, and if not, what differs",
  description: [
    "Takes the flags of 'run', runs nothing, and compares with the nearest earlier run of the same tool.",
    "The exit code is 0 for a hit and 1 for a miss, or for what would not be cached.",
  ],
  operands: [],
  wraps: true,
  flags: { ...runFlags, ...jsonFlag },
  examples: [["runcache why --out sorted.txt -- sort -o sorted.txt names.txt", "would it run?"]],
  run: ({ flags, command, context }) =>
    interruptible(async (interrupts) => {
      const plan = await planRun(context, command, flags, interrupts);
      try {
        return await explain(plan, flags.json);
      } finally {
        await plan.stdin.dispose();
      }
    }),
});

async function explain(plan: RunPlan, json: boolean): Promise<number> {
  const { context, uncacheable, settings } = plan;
  if (uncacheable !== null) {
    const { reason, hint } = uncacheable;
    if (json) context.out.json({ status: "uncacheable", reason, hint });
    else context.out.line(`not cached: ${reason}${hint === null ? "" : `; ${hint}`}`);
    return EXIT.no;
  }
  const runner = new CachingRunner({
    base: await makeBase(plan),
    cacheDir: settings.cacheDir.value,
    policy: plan.policy,
  });
  const explanation = await runner.explain(plan.tool, (io) => planCommand(plan, io), {
    params: keyParams(plan),
    ...(plan.stdin.path === null ? {} : { stdin: plan.stdin.path }),
    okExitCodes: plan.okExitCodes,
  });
  if (json) {
    const { explanation: text, differences } = explanation;
    const words = { explanation: text === null ? null : missText(text, differences, plan.command) };
    context.out.json({ ...explanation, ...words, differences: wordedDifferences(differences) });
  } else print(plan, explanation);
  return explanation.status === "hit" ? EXIT.ok : EXIT.no;
}

function print({ context: { out }, command, settings }: RunPlan, explanation: Explanation): void {
  const { status, key, differences, nearest } = explanation;
  if (status === "bypass" || key === null) {
    out.line(`not cached: ${explanation.reason ?? "bypass"}`);
  } else if (status === "hit") {
    out.line(`${out.style.green("hit")} ${shortKey(key)}${made(settings.cacheDir.value, key)}`);
  } else {
    const lines = differences.length > 0 ? differenceTexts(differences, command) : [explanation.explanation ?? ""];
    out.line(`${out.style.yellow("miss")} ${shortKey(key)}`);
    for (const line of lines) out.line(`  ${line}`);
    if (nearest !== null) out.line(`  nearest: ${shortKey(nearest)}`);
  }
}

function made(cacheDir: string, key: CacheKey): string {
  const manifest = openCache(cacheDir).get(key)?.manifest;
  if (manifest === undefined) return "";
  const { finishedAt, user, durationMs } = manifest;
  const by = user === null ? "" : ` by ${user}`;
  return `: made ${formatAge(Date.parse(finishedAt), Date.now())}${by}, saves ${formatDuration(durationMs)}`;
}
