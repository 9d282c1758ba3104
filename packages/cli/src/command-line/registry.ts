import { nearestName, UsageError } from "@runcache/core";
import { run } from "../commands/run.js";
import { quoteWord } from "../output/format.js";
import type { AnyCommand } from "./command.js";

/** Every command; those of two words are members of the first. In the order of help. But for `run`, which must start fast, each is loaded when it is called. */
export const COMMANDS: Readonly<Record<string, () => Promise<AnyCommand>>> = {
  run: () => Promise.resolve(run),
  why: async () => (await import("../commands/why.js")).why,
  ls: async () => (await import("../commands/ls.js")).ls,
  show: async () => (await import("../commands/show.js")).show,
  diff: async () => (await import("../commands/diff.js")).diff,
  cat: async () => (await import("../commands/cat.js")).cat,
  path: async () => (await import("../commands/path.js")).path,
  graph: async () => (await import("../commands/graph.js")).graph,
  stats: async () => (await import("../commands/stats.js")).stats,
  prune: async () => (await import("../commands/prune.js")).prune,
  pin: async () => (await import("../commands/pin.js")).pin,
  unpin: async () => (await import("../commands/pin.js")).unpin,
  cron: async () => (await import("../commands/cron.js")).cron,
  verify: async () => (await import("../commands/verify.js")).verify,
  check: async () => (await import("../commands/check.js")).check,
  bottle: async () => (await import("../commands/bottle.js")).bottle,
  unbottle: async () => (await import("../commands/unbottle.js")).unbottle,
  doctor: async () => (await import("../commands/doctor.js")).doctor,
  runs: async () => (await import("../commands/runs.js")).runs,
  "runs ls": async () => (await import("../commands/runs-ls.js")).runsLs,
  "runs show": async () => (await import("../commands/runs-show.js")).runsShow,
  "runs plan": async () => (await import("../commands/runs-plan.js")).runsPlan,
  "runs rm": async () => (await import("../commands/runs-rm.js")).runsRm,
  "runs import": async () => (await import("../commands/runs-import.js")).runsImport,
  "runs export": async () => (await import("../commands/runs-export.js")).runsExport,
  "runs rebuild": async () => (await import("../commands/runs-rebuild.js")).runsRebuild,
  init: async () => (await import("../commands/init.js")).init,
  config: async () => (await import("../commands/config.js")).config,
  completion: async () => (await import("../commands/completion.js")).completion,
  help: async () => (await import("../commands/help.js")).help,
};

/**
 * The command called `name`.
 * @throws UsageError `ERR_RUNCACHE_COMMAND`
 */
export async function loadCommand(name: string): Promise<AnyCommand> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load !== undefined) return await load();
  const near = nearestName(name, Object.keys(COMMANDS));
  const [group = ""] = name.split(" ", 1);
  const hint =
    near !== undefined
      ? `did you mean '${near}'?`
      : hasMembers(group)
        ? `'runcache help ${group}' lists its commands`
        : `'runcache help' lists the commands, and 'runcache run -- ${quoteWord(name)} …' runs a program through the cache`;
  throw new UsageError("ERR_RUNCACHE_COMMAND", `there is no command ${JSON.stringify(name)}; ${hint}`, { name });
}

/** Whether commands of two words begin with `name`. */
export function hasMembers(name: string): boolean {
  return Object.keys(COMMANDS).some((known) => known.startsWith(`${name} `));
}

/** The commands whose first word is `name`, and that have another. */
export async function loadMembers(name: string): Promise<readonly AnyCommand[]> {
  return (await loadAll()).filter((command) => command.name.startsWith(`${name} `));
}

/** Every command, for help and completion. */
export async function loadAll(): Promise<readonly AnyCommand[]> {
  return await Promise.all(Object.values(COMMANDS).map((load) => load()));
}
