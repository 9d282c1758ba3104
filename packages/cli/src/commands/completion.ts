import { nearestName, UsageError } from "@runcache/core";
import { defineCommand } from "../command-line/command.js";
import { loadAll } from "../command-line/registry.js";
import { TOPICS } from "../command-line/topics.js";
import { bashCompletion } from "../completion/bash.js";
import { fishCompletion } from "../completion/fish.js";
import { zshCompletion } from "../completion/zsh.js";
import { EXIT } from "../exit-codes.js";

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

export const completion = defineCommand({
  name: "completion",
  summary: "Print a completion script for bash, zsh or fish",
  description: ["The script's first lines say where it belongs."],
  operands: [{ name: "SHELL", help: "bash, zsh or fish" }],
  flags: {},
  examples: [["source <(runcache completion bash)", "complete in this shell"]],
  run: async ({ operands: [shell = ""], context }) => {
    const name = (Object.keys(SHELLS) as (keyof typeof SHELLS)[]).find((known) => known === shell);
    if (name === undefined) {
      const near = nearestName(shell, Object.keys(SHELLS));
      const hint = near === undefined ? `there are ${Object.keys(SHELLS).join(", ")}` : `did you mean ${near}?`;
      throw new UsageError("ERR_RUNCACHE_SHELL", `there is no completion for ${JSON.stringify(shell)}; ${hint}`, {
        shell,
      });
    }
    context.out.write(SHELLS[name](await loadAll(), Object.keys(TOPICS)));
    return EXIT.ok;
  },
});
