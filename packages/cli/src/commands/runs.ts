import { defineCommand } from "../command-line/command.js";
import { commandHelp } from "../command-line/help.js";
import { loadMembers } from "../command-line/registry.js";
import { EXIT } from "../exit-codes.js";

export const runs = defineCommand({
  name: "runs",
  summary: "List, query and keep the runs of a simulation's run store",
  description: [
    "A run store keeps what a simulation wrote for given params (see @runcache/runs). Each command says which store by --dir and --name; where a directory has only one, it needs no name.",
    "Conditions compare columns, params and what every run has (createdAt, elapsedSeconds, resultSize, …) by = != < <= > >=, 'in (a, b)', 'like \"x%\"' and 'exists name', joined by and, or, not and parentheses. Dots lead into names: metadata.host. Quotes keep names and values that hold blanks or signs.",
  ],
  operands: [{ name: "COMMAND", help: "one of the commands below", optional: true }],
  flags: {},
  examples: [
    ["runcache runs ls --dir runs --where 'dt<0.01 and method=rk4'", "which runs are there?"],
    ["runcache runs plan --dir runs --grid dt=0.1,0.01 --grid method=rk4,euler", "what would a sweep cost?"],
  ],
  run: async ({ context: { out } }) => {
    for (const line of commandHelp(runs, out.style, await loadMembers("runs"))) out.line(line);
    return EXIT.ok;
  },
});
