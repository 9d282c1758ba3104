import { nearestName, UsageError } from "@runcache/core";
import { defineCommand } from "../command-line/command.js";
import { commandHelp, overview } from "../command-line/help.js";
import { COMMANDS, loadAll, loadCommand, loadMembers } from "../command-line/registry.js";
import { TOPICS } from "../command-line/topics.js";
import { EXIT } from "../exit-codes.js";

export const help = defineCommand({
  name: "help",
  summary: "Explain a command or a topic",
  description: ["Without an operand, lists the commands."],
  operands: [{ name: "TOPIC", help: "a command, or a topic of the list", optional: true, repeats: true }],
  flags: {},
  examples: [["runcache help run", "everything about run"]],
  run: async ({ operands, context: { out } }) => {
    for (const line of await linesOf(operands.length === 0 ? undefined : operands.join(" "))) out.line(line);
    return EXIT.ok;

    async function linesOf(name: string | undefined): Promise<readonly string[]> {
      if (name === undefined) return overview(await loadAll(), out.style);
      if (Object.hasOwn(COMMANDS, name)) {
        return commandHelp(await loadCommand(name), out.style, await loadMembers(name));
      }
      const known = Object.hasOwn(TOPICS, name) ? TOPICS[name] : undefined;
      if (known !== undefined) return [`${known.summary}:`, "", ...known.lines];
      const near = nearestName(name, [...Object.keys(COMMANDS), ...Object.keys(TOPICS)]);
      const hint = near === undefined ? "'runcache help' lists what there is" : `did you mean ${near}?`;
      throw new UsageError("ERR_RUNCACHE_TOPIC", `there is no help on ${JSON.stringify(name)}; ${hint}`, { name });
    }
  },
});
