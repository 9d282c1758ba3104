import { statSync, type Stats } from "node:fs";
import { isAbsolute, relative, resolve } from "node:path";
import { hasCode } from "@runcache/core";
import { isAtOrBelow, type DeclaredOutput } from "./declared-outputs.js";

/** One file or directory that a command reads. */
export interface CommandInput {
  /** As the user wrote it, in `--in` or in the command line. */
  readonly given: string;
  /** Absolute host path. */
  readonly hostPath: string;
  /** What enters the key beside content and name: as for outputs. */
  readonly place: string;
  /** Whether it was found in the command line and not named by `--in`. */
  readonly inferred: boolean;
}

/** A piece of an argument that is the path of an input. */
export interface PathInArgument {
  /** Index of the argument in the command. */
  readonly argument: number;
  /** The path is everything from this character on. */
  readonly from: number;
  /** Index of the input. */
  readonly input: number;
}

/** What a command reads, as far as it can be told before it runs. */
export interface CommandInputs {
  readonly inputs: readonly CommandInput[];
  readonly paths: readonly PathInArgument[];
  /** Arguments that name pipes or devices: nobody can tell what the command will read there. */
  readonly streams: readonly string[];
  /** What in the arguments names directories that are no inputs. */
  readonly directories: readonly NamedDirectory[];
}

/** A directory that an argument names. */
export interface NamedDirectory {
  /** As the user wrote it. */
  readonly given: string;
  /** Absolute host path. */
  readonly hostPath: string;
}

interface FindOptions {
  /** Absolute host path of the working directory. */
  readonly cwd: string;
  /** Paths given with `--in`. */
  readonly declared: readonly string[];
  readonly outputs: readonly DeclaredOutput[];
  /** Whether arguments that name existing files are inputs. */
  readonly infer: boolean;
}

/**
 * What the `command` reads: what was declared, and what its arguments name. Each once, sorted by place, so
 * that the order of flags does not matter.
 */
export function findInputs(command: readonly string[], { cwd, declared, outputs, infer }: FindOptions): CommandInputs {
  const inputs = new Map<string, CommandInput>();
  const add = (given: string, inferred: boolean): string => {
    const hostPath = resolve(cwd, given);
    const place = isAbsolute(given) ? hostPath : relative(cwd, hostPath);
    if (!inputs.has(hostPath)) inputs.set(hostPath, { given, hostPath, place, inferred });
    return hostPath;
  };
  for (const given of declared) add(given, false);
  const found: { readonly argument: number; readonly from: number; readonly hostPath: string }[] = [];
  const streams: string[] = [];
  const directories: NamedDirectory[] = [];
  command.forEach((text, argument) => {
    if (argument === 0) return; // the program, which counts by its own digest
    for (const from of pathStarts(text)) {
      const given = text.slice(from);
      const hostPath = resolve(cwd, given);
      const kind = kindOf(hostPath, outputs);
      if (inputs.has(hostPath) || (kind === "file" && infer)) {
        found.push({ argument, from, hostPath: add(given, true) });
        return;
      }
      if (kind === "stream" && infer) streams.push(text);
      if (kind === "directory" && infer && !SEPARATOR.test(text)) directories.push({ given, hostPath });
    }
  });
  const sorted = [...inputs.values()].sort((a, b) => (a.place < b.place ? -1 : 1));
  const indexOf = (path: string): number => sorted.findIndex(({ hostPath }) => hostPath === path);
  const paths = found.map(({ hostPath, ...place }) => ({ ...place, input: indexOf(hostPath) }));
  return { inputs: sorted, paths, streams, directories };
}

/** Where a path may begin in an argument: `PATH`, `--option=PATH` or `if=PATH`, `@PATH`, `-fPATH`. */
export function pathStarts(text: string): number[] {
  const starts = [0];
  if (text.startsWith("@")) starts.push(1);
  if (/^-[A-Za-z]./.test(text)) starts.push(2);
  const equals = text.indexOf("=");
  if (equals !== -1) starts.push(equals + 1);
  return starts.filter((start) => start < text.length);
}

function kindOf(hostPath: string, outputs: readonly DeclaredOutput[]): "file" | "directory" | "stream" | null {
  if (outputs.some((output) => isAtOrBelow(hostPath, output.hostPath))) return null;
  const stats = statIfAny(hostPath);
  if (stats === undefined) return null;
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  return HARMLESS.test(hostPath) ? null : "stream";
}

/** `cut -d/`, `awk -F.`, `sort -t.`, `column -s/`: no directory is meant. */
const SEPARATOR = /^-[dFst][./]$/;

/** Devices without content, and the streams of the command itself. */
const HARMLESS = /^\/dev\/(?:null|zero|full|tty|stdin|stdout|stderr|fd\/[012])$/;

function statIfAny(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // An argument is any text: what can be no path, or leads where nobody may look, is no input.
    if (hasCode(error, "ENAMETOOLONG", "EACCES", "ELOOP", "ENOTDIR", "ERR_INVALID_ARG_VALUE")) return undefined;
    throw error;
  }
}
