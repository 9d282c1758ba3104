import { checkStrings } from "../base/command-args.js";
import { checkOptionNames } from "../key/option-names.js";
import { runUnblocked } from "../platform/flow.js";
import { heedSignal } from "../platform/heed-signal.js";
import type { CacheKey } from "../types/brand.js";
import { UsageError } from "../types/errors.js";
import type { BypassReason, Difference, MissReason } from "../types/event.js";
import type { InputOptions, Metadata } from "../types/runner.js";
import type { Opened } from "./caching-runner.js";
import { execIo } from "./exec-io.js";
import { ExecResult } from "./exec-result.js";
import { runAside } from "./run-uncached.js";
import type { ServeRequest } from "./serve.js";

/** What names a tool without a wrapper. */
export interface ExecTool {
  /** Version of the call: change it when the command line's meaning changes. */
  readonly id: string;
  readonly name: string;
  /** @default "exec" */
  readonly package?: string;
  /** Tag of the container image, for bases that run images. */
  readonly image?: string;
}

/** Registers what a command line reads and writes. */
export interface ExecIo {
  /** Registers the input at the host path `path`. Returns the path that the tool will see. */
  readonly input: (path: string, options?: InputOptions) => string;
  /** Registers an output. Returns its name relative to the tool's working directory. */
  readonly output: (name: string, options?: { readonly optional?: boolean }) => string;
}

/** Returns the command line, after registering its inputs and outputs. */
export type ExecPlan = (io: ExecIo) => readonly string[] | Promise<readonly string[]>;

/** Options of `exec`. */
export interface ExecOptions {
  /** Enters the key beside the arguments. @default {} */
  readonly params?: object;
  /** Host path of a file that standard input reads; an input like any other. @default no input */
  readonly stdin?: string;
  /** Exit codes that count as success, and are cached. @default [0] */
  readonly okExitCodes?: readonly number[];
  /** Ends the tool; `exec` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Receives standard output: live on a miss, replayed on a hit. */
  readonly onStdout?: (chunk: Uint8Array) => void;
  /** Receives standard error: live on a miss, replayed on a hit. */
  readonly onStderr?: (chunk: Uint8Array) => void;
  /**
   * Whether the result has both streams even where no entry holds them: they then lie in memory, whatever
   * their size. @default true
   */
  readonly keepStreams?: boolean;
}

/** What `exec` would do, and why. */
export interface Explanation {
  readonly status: "hit" | "miss" | "bypass";
  readonly key: CacheKey | null;
  readonly reason: MissReason | BypassReason | null;
  readonly explanation: string | null;
  readonly nearest: CacheKey | null;
  readonly differences: readonly Difference[];
}

const OPTIONS = {
  params: true,
  stdin: true,
  okExitCodes: true,
  signal: true,
  onStdout: true,
  onStderr: true,
  keepStreams: true,
} satisfies Record<keyof ExecOptions, true>;

/** The metadata of a wrapper are a tool as well; what `exec` has no use for is left out. */
const TOOL = {
  id: true,
  name: true,
  package: true,
  image: true,
  citations: true,
  container_image_tag: true,
} satisfies Record<keyof ExecTool | keyof Metadata, true>;

type Open = (metadata: Metadata) => Opened;

/** `CachingRunner.exec`. */
export async function execThrough(
  open: Open,
  tool: ExecTool,
  plan: ExecPlan,
  options: ExecOptions,
): Promise<ExecResult> {
  checkOptionNames("exec", options, Object.keys(OPTIONS));
  heedSignal(options.signal);
  const opened = open(metadataOf(tool));
  if (opened.kind === "bypass") return await execUncached(opened, plan, options);
  const { execution } = opened;
  const cargs = await planned(plan, execution.io);
  const stdin = await runUnblocked(execution.sealCommand(cargs, options));
  return new ExecResult(await execution.serve(requestOf(cargs, stdin, options), runUnblocked));
}

/** `CachingRunner.explain`. */
export async function explainThrough(
  open: Open,
  tool: ExecTool,
  plan: ExecPlan,
  options: ExecOptions,
): Promise<Explanation> {
  checkOptionNames("explain", options, Object.keys(OPTIONS));
  const opened = open(metadataOf(tool));
  if (opened.kind === "bypass") {
    return { status: "bypass", key: null, reason: opened.reason, explanation: null, nearest: null, differences: [] };
  }
  const { execution } = opened;
  const cargs = await planned(plan, execution.io);
  const stdin = await runUnblocked(execution.sealCommand(cargs, options));
  return execution.explain(requestOf(cargs, stdin, options));
}

/** The command line that `plan` returns. @throws UsageError `ERR_RUNCACHE_ARGUMENT` */
async function planned(plan: ExecPlan, io: ExecIo): Promise<readonly string[]> {
  const cargs = await plan(io);
  checkStrings(cargs);
  return cargs;
}

async function execUncached(
  { execution, reason }: Extract<Opened, { kind: "bypass" }>,
  plan: ExecPlan,
  options: ExecOptions,
): Promise<ExecResult> {
  const names = new Map<string, boolean>();
  const io = execIo(
    (path, { resolveParent, mutable }) => execution.inputFile(path, resolveParent, mutable),
    (name, optional) => names.set(name, optional),
  );
  const cargs = await planned(plan, io);
  const outputDir = execution.outputFile(".");
  const request = requestOf(cargs, options.stdin ?? null, options);
  const { run, ...streams } = await runUnblocked(runAside({ base: execution, names }, request));
  request.sink.end();
  return new ExecResult({
    status: "bypass",
    key: null,
    missReason: reason,
    explain: null,
    outputDir,
    exitCode: run.exitCode,
    durationMs: run.result.durationMs,
    entry: null,
    notStored: null,
    ...streams,
  });
}

/** The metadata of a tool without a wrapper. @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`, `ERR_RUNCACHE_TOOL` */
export function metadataOf(tool: ExecTool): Metadata {
  const given = (tool as Partial<ExecTool> | undefined) ?? {};
  checkOptionNames("the tool", given, Object.keys(TOOL));
  const { id, name, package: pack = "exec", image } = given;
  if (typeof name !== "string" || id === undefined) {
    const fault =
      typeof name === "string" ? `the tool ${name} has no id` : `the tool's name is ${String(name)}, not a text`;
    throw new UsageError("ERR_RUNCACHE_TOOL", `${fault}: give it both, such as { id: "1", name: "sort" }`, { name });
  }
  return { id, name, package: pack, ...(image === undefined ? {} : { container_image_tag: image }) };
}

function requestOf(cargs: readonly string[], stdin: string | null, options: ExecOptions): ServeRequest {
  return {
    cargs,
    stdin,
    sink: { stdout: options.onStdout, stderr: options.onStderr, flush: () => undefined, end: () => undefined },
    okExitCodes: options.okExitCodes ?? [0],
    signal: options.signal,
    keptStreamBytes: (options.keepStreams ?? true) ? Infinity : 0,
  };
}
