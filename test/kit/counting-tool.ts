import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** A tool double of one test, which counts its executions. */
export interface CountingTool {
  /** Absolute path of the executable. */
  readonly path: string;
  /** Absolute path of the directory it lies in, to put first on PATH. */
  readonly binDir: string;
  /** How often it was executed so far. */
  count(): Promise<number>;
}

/** Absolute path of the program behind every {@link CountingTool}; its header lists the arguments it takes. */
export const countingToolProgram = fileURLToPath(new URL("../fixtures/bin/counting-tool", import.meta.url));

/**
 * Makes an executable in `<dir>/bin` that does what its arguments say and counts how often it ran. Making it again
 * with another `version` replaces the executable, as an upgrade does; the count goes on.
 * @param dir host path, best a temporary directory
 */
export async function makeCountingTool(
  dir: string,
  options: { readonly name?: string; readonly version?: string } = {},
): Promise<CountingTool> {
  const { name = "counting-tool", version = "1" } = options;
  const binDir = path.join(dir, "bin");
  const executable = path.join(binDir, name);
  const countFile = path.join(dir, `${name}.count`);
  await mkdir(binDir, { recursive: true });
  await writeFile(
    executable,
    `#!/bin/sh\n# version ${version}\nTOOL_COUNT_FILE=${quote(countFile)} exec ${quote(countingToolProgram)} "$@"\n`,
  );
  await chmod(executable, 0o755);
  return { path: executable, binDir, count: () => countLines(countFile) };
}

async function countLines(countFile: string): Promise<number> {
  try {
    return (await readFile(countFile, "utf8")).split("\n").length - 1;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0; // never executed
    throw error;
  }
}

/** One word of POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
