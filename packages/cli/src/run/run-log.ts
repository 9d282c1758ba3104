import type { CacheEvent, ExecResult } from "@runcache/core";
import { formatBytes, formatDuration, plural } from "../output/format.js";
import type { Output } from "../output/output.js";
import { missText } from "../reports/differences.js";
import { OUTSIDE, type DeclaredOutput } from "./declared-outputs.js";
import type { RunPlan, Uncacheable } from "./run-plan.js";
import { hasUnreadStdin } from "./stdin-source.js";

/** What `run` says on standard error: with `-v` what happened, always what went wrong. */
export class RunLog {
  readonly #err: Output;
  readonly #verbose: boolean;

  constructor(err: Output, verbose: boolean) {
    this.#err = err;
    this.#verbose = verbose;
  }

  /** One line for `-v`. */
  note(text: string): void {
    if (this.#verbose) this.say(text);
  }

  /** One line, always. */
  say(text: string): void {
    this.#err.line(`${this.#err.style.dim("runcache:")} ${text}`);
  }

  /** The command runs: what waits on standard input will not reach it. */
  starting(plan: RunPlan): void {
    if (plan.stdin.path === null && hasUnreadStdin(plan.context.env)) {
      this.say("the command does not see standard input; --stdin - makes it an input");
    }
  }

  event(event: CacheEvent, { command, outputs }: RunPlan): void {
    switch (event.type) {
      case "hit":
        this.note(`hit ${shortKey(event.key)}: saved ${formatDuration(event.savedMs)}`);
        break;
      case "miss":
        this.note(`miss ${shortKey(event.key)}: ${missText(event.explanation, event.differences, command)}`);
        break;
      case "stored": {
        const size = formatBytes(event.sizeBytes);
        const what = outputs.length === 0 ? "what it printed" : `${plural(outputs.length, "output")}, ${size}`;
        this.note(`stored ${what}, after ${formatDuration(event.durationMs)}`);
        break;
      }
      case "waited":
        this.note(`waited ${formatDuration(event.waitedMs)} for the same run elsewhere`);
        break;
      case "lost-race":
        if (event.differing.length === 0) break;
        this.say(`the same command, run twice at the same time, wrote different ${listed(event.differing)}`);
        break;
      case "corrupt":
        this.say(`entry ${shortKey(event.key)} was damaged (${event.detail}); it is made anew`);
        break;
      default: // told by the result, or by a warning
    }
  }

  uncached({ reason, hint }: Uncacheable): void {
    this.say(hint === null ? `not cached: ${reason}` : `not cached: ${reason}; ${hint}`);
  }

  /** Why the result of a run was not kept. */
  notStored({ notStored }: ExecResult, plan: RunPlan): void {
    if (notStored === null) return;
    const wish = plan.settings.mode.value === "read-only" && notStored.reason === "read-only";
    const text = `not kept: ${asGiven(notStored.detail, plan.outputs)}`;
    if (wish) this.note(text);
    else this.say(text);
  }
}

/** `text`, which names outputs by their places in an entry, with the names that the user gave to those elsewhere. */
function asGiven(text: string, outputs: readonly DeclaredOutput[]): string {
  const outside = outputs.filter(({ entryName }) => entryName.startsWith(`${OUTSIDE}/`));
  return outside.reduce((said, { entryName, given }) => said.replaceAll(entryName, () => given), text);
}

/** The beginning of a key, which is enough to name it to people. */
export function shortKey(key: string): string {
  return key.slice(0, 12);
}

function listed(names: readonly string[]): string {
  return names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
}
