import { basename } from "node:path";
import { UsageError, type CachePolicy, type ExecIo, type ExecTool } from "@runcache/core";
import type { FlagValues } from "../command-line/flags.js";
import { requireUtf8Values } from "../command-line/require-utf8.js";
import type { GivenSettings, Settings } from "../config/settings.js";
import { settingsOf, type Context } from "../context.js";
import { quoteWord } from "../output/format.js";
import { findInputs, type CommandInputs, type NamedDirectory } from "./command-inputs.js";
import { declareOutputs, isAtOrBelow, type DeclaredOutput } from "./declared-outputs.js";
import type { Interrupts } from "./interrupt.js";
import { parseExitCodes, parseExtra } from "./run-values.js";
import type { onlyRunFlags, runFlags } from "./run-flags.js";
import { openStdin, type Stdin } from "./stdin-source.js";

export type RunFlagValues = FlagValues<typeof runFlags> & Partial<FlagValues<typeof onlyRunFlags>>;

/** Why a command runs without the cache. */
export interface Uncacheable {
  readonly reason: string;
  /** What to do about it. */
  readonly hint: string | null;
}

/** A command and everything that its run through the cache needs. */
export interface RunPlan {
  readonly context: Context;
  readonly settings: Settings;
  readonly command: readonly string[];
  readonly outputs: readonly DeclaredOutput[];
  readonly found: CommandInputs;
  readonly stdin: Stdin;
  readonly tool: ExecTool;
  readonly okExitCodes: readonly number[];
  readonly policy: CachePolicy;
  /** Null where it can be cached. */
  readonly uncacheable: Uncacheable | null;
}

/** Version of what the key parts of a command mean: another one is another tool. */
const COMMAND_ID = "command-1";

/**
 * Plans the run of `command`.
 * @throws UsageError on flags that cannot be served
 */
export async function planRun(
  context: Context,
  command: readonly string[],
  flags: RunFlagValues,
  interrupts: Interrupts,
): Promise<RunPlan> {
  const settings = await settingsOf(context, givenBy(flags));
  const { cwd, env } = context;
  requireUtf8Values(env, settings.env.value);
  const outputs = declareOutputs(cwd, flags.out);
  const found = findInputs(command, { cwd, declared: flags.in, outputs, infer: settings.infer.value });
  const image = settings.image.value;
  const name = flags.name ?? basename(command[0] ?? "");
  return {
    context,
    settings,
    command,
    outputs,
    found,
    stdin: await openStdin(cwd, flags.stdin, interrupts),
    tool: { id: COMMAND_ID, package: "command", name, ...(image === null ? {} : { image }) },
    okExitCodes: parseExitCodes(flags["ok-exit"]),
    policy: {
      envAllowlist: settings.env.value,
      extra: parseExtra(flags.extra),
      verify: settings.verify.value,
      durability: settings.durability.value,
      missingOutputs: "error",
    },
    uncacheable: uncacheable(context, settings, outputs, found, flags),
  };
}

/** Registers the plan's inputs and outputs. Returns the command line, with paths as the tool will see them. */
export function planCommand({ command, found, outputs, settings }: RunPlan, io: ExecIo): readonly string[] {
  const isLocal = settings.runner.value === "local";
  const toolPaths = found.inputs.map(({ hostPath }) => io.input(isLocal ? spelledApart(hostPath, command) : hostPath));
  for (const { entryName } of outputs) io.output(entryName);
  if (isLocal) return command;
  const words = [...command];
  for (const { argument, from, input } of found.paths) {
    words[argument] = (words[argument] ?? "").slice(0, from) + (toolPaths[input] ?? "");
  }
  return words;
}

/** What enters the key beside the command line, input contents and names: the places of inputs and outputs. */
export function keyParams({ found, outputs, settings }: RunPlan): object {
  const places = { outputs: outputs.map(({ place }) => place) };
  return settings.runner.value === "local" ? { inputs: found.inputs.map(({ place }) => place), ...places } : places;
}

/**
 * A spelling of `path` that is no word of the command. A command in place may print its arguments, so the
 * key holds them as they were written; a word that equals a registered path would become a reference.
 */
function spelledApart(path: string, command: readonly string[]): string {
  let spelling = `/.${path}`;
  while (command.includes(spelling)) spelling = `/.${spelling}`;
  return spelling;
}

function givenBy(flags: RunFlagValues): GivenSettings {
  return {
    cacheDir: flags.cache,
    runner: flags.runner,
    image: flags.image,
    env: flags.env.length === 0 ? undefined : flags.env,
    infer: flags["no-infer"] ? false : undefined,
    link: flags.link,
    requireCache: flags["require-cache"] === true ? true : undefined,
    strict: flags.strict === true ? true : undefined,
  };
}

function uncacheable(
  { cwd }: Context,
  settings: Settings,
  outputs: readonly DeclaredOutput[],
  found: CommandInputs,
  flags: RunFlagValues,
): Uncacheable | null {
  const { inputs, streams } = found;
  if (settings.mode.value === "off") return { reason: "RUNCACHE=off", hint: null };
  const [stream] = streams;
  if (stream !== undefined) {
    const reason = `the argument ${JSON.stringify(stream)} names a pipe or a device, whose content nobody knows beforehand`;
    return { reason, hint: "write it to a file first, or give it as --stdin -" };
  }
  const changed = inputs.find(({ hostPath }) => outputs.some((output) => isAtOrBelow(hostPath, output.hostPath)));
  if (changed !== undefined) {
    return { reason: `${changed.given} is an input and an output`, hint: "write the result to another file" };
  }
  if (flags["no-inputs"]) return null;
  const directory = settings.runner.value === "local" ? undeclaredDirectory(found, outputs) : undefined;
  if (directory !== undefined) {
    const reason = `an argument names the directory ${JSON.stringify(directory.given)}, whose content is no input`;
    return { reason, hint: directoryHint(directory, cwd) };
  }
  if (inputs.length > 0 || flags.stdin !== undefined) return null;
  return {
    reason: "no input is known",
    hint: "name what it reads with --in PATH, or say --no-inputs if it reads nothing",
  };
}

/**
 * A directory that an argument names and nobody said anything about: neither what holds it, nor anything in it,
 * nor itself is declared. (A container has none that it was not given.)
 */
function undeclaredDirectory(
  { inputs, directories }: CommandInputs,
  outputs: readonly DeclaredOutput[],
): NamedDirectory | undefined {
  const declared = [...inputs.filter(({ inferred }) => !inferred), ...outputs].map(({ hostPath }) => hostPath);
  const isKnown = (path: string): boolean =>
    declared.some((other) => isAtOrBelow(path, other) || isAtOrBelow(other, path));
  return directories.find(({ hostPath }) => !isKnown(hostPath));
}

/** All that is in the working directory is seldom what a command reads, and no output. */
function directoryHint({ given, hostPath }: NamedDirectory, cwd: string): string {
  if (isAtOrBelow(cwd, hostPath)) return "name what the command reads with --in PATH, what it writes with --out PATH";
  const name = quoteWord(given);
  return `say --in ${name} if the command reads there, --out ${name} if it only writes there`;
}

/**
 * Checks that the plan's runner can carry it out.
 * @throws UsageError `ERR_RUNCACHE_RUNNER` where an image lacks an engine, or the other way round;
 * `ERR_RUNCACHE_OUTPUT_PATH` where a container is to write what it cannot reach
 */
export function checkRunner({ outputs, settings, context }: RunPlan): void {
  const { runner, image } = settings;
  if ((runner.value === "local") !== (image.value === null)) {
    const message =
      image.value === null
        ? `${runner.value} runs images: name one with --image`
        : `the image ${image.value} needs an engine: --runner docker, podman or apptainer`;
    throw new UsageError("ERR_RUNCACHE_RUNNER", message, { runner: runner.value, image: image.value });
  }
  if (runner.value === "local") return;
  const far = outputs.find(({ hostPath }) => !isAtOrBelow(hostPath, context.cwd));
  if (far === undefined) return;
  throw new UsageError(
    "ERR_RUNCACHE_OUTPUT_PATH",
    `output ${JSON.stringify(far.given)} lies outside of the working directory, where a container cannot write: name it relative to the working directory`,
    { given: far.given },
  );
}
