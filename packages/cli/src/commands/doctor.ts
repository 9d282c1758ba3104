import { defineCommand } from "../command-line/command.js";
import { cacheFlag, jsonFlag } from "../command-line/common-flags.js";
import { settingsOf } from "../context.js";
import { cacheFindings } from "../doctor/cache-findings.js";
import type { Finding } from "../doctor/finding.js";
import { engineFindings, programFindings } from "../doctor/programs.js";
import { quotaFindings } from "../doctor/quota.js";
import { EXIT } from "../exit-codes.js";
import type { Output } from "../output/output.js";

export const doctor = defineCommand({
  name: "doctor",
  summary: "Look at what runcache stands on: versions, engines, the place of the cache, rights, room, clock",
  description: ["The exit code is 1 where something is a problem. Notes are worth knowing and no problem."],
  operands: [],
  flags: { ...cacheFlag, ...jsonFlag },
  examples: [["runcache doctor", "what is wrong here?"]],
  run: async ({ flags, context }) => {
    const settings = await settingsOf(context, { cacheDir: flags.cache });
    const findings = [
      ...programFindings(),
      ...cacheFindings(settings, context.env),
      ...quotaFindings(context.env),
      ...(await engineFindings()),
    ];
    if (flags.json) context.out.json(findings);
    else for (const finding of findings) print(context.out, finding);
    return findings.some(({ status }) => status === "problem") ? EXIT.no : EXIT.ok;
  },
});

function print(out: Output, { name, status, text, advice }: Finding): void {
  const { green, yellow, red, dim } = out.style;
  const mark = { ok: green("ok     "), note: yellow("note   "), problem: red("problem") }[status];
  out.line(`${mark}  ${name.padEnd(10)}  ${text}`);
  if (advice !== null) out.line(`${" ".repeat(21)}${dim(advice)}`);
}
