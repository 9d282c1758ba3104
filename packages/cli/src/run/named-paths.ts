import { resolve } from "node:path";
import { pathStarts } from "./command-inputs.js";
import { isAtOrBelow } from "./declared-outputs.js";

/** Absolute host path → as the user wrote it. */
export type GivenPaths = ReadonlyMap<string, string>;

/** What the arguments of a command name, as far as it may lie in a file system. */
export interface NamedPaths {
  readonly exact: GivenPaths;
  /** Whole arguments alone: tools make names of them (`ref.fa` → `ref.fa.fai`). */
  readonly stems: GivenPaths;
}

/** More words of a script than this are no names of files. */
const MOST_WORDS = 1000;

/**
 * The paths that the arguments of `command` name, those in the words of a script (`sh -c 'sort a > b'`) included.
 * @param cwd absolute host path of the working directory
 */
export function namedPaths(command: readonly string[], cwd: string): NamedPaths {
  const exact = new Map<string, string>();
  const stems = new Map<string, string>();
  for (const text of command.slice(1)) {
    for (const given of pathStarts(text).map((start) => text.slice(start))) {
      const hostPath = resolve(cwd, given);
      exact.set(hostPath, given);
      if (!isAtOrBelow(cwd, hostPath)) stems.set(hostPath, given.replace(/\/+$/, ""));
    }
    for (const word of wordsOf(text)) {
      const hostPath = resolve(cwd, word);
      if (!exact.has(hostPath)) exact.set(hostPath, word);
    }
  }
  return { exact, stems };
}

/** The words of an argument that is a script. */
function wordsOf(text: string): string[] {
  if (!/\s/.test(text)) return [];
  return text.split(/[\s;|&<>"'`()=]+/, MOST_WORDS).filter((word) => word !== "");
}

/** The part of `name` that is one of the `stems`, where a tool would make such a name of it. */
export function stemOf(name: string, stems: ReadonlySet<string>): string | undefined {
  for (let length = name.length - 1; length > 0; length--) {
    const stem = name.slice(0, length);
    if (stems.has(stem) && (/[._-]$/.test(stem) || /^[._-]/.test(name.slice(length)))) return stem;
  }
  return undefined;
}
