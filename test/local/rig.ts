import { execFileSync } from "node:child_process";
import type { BaseExecution, Metadata } from "@runcache/core";
import { LocalRunner, ProcessLauncher, type LocalRunnerOptions } from "@runcache/local";
import { afterEach, beforeEach } from "vitest";
import { tempDir, type TempDir } from "../kit/temp-dir.js";

const METADATA: Metadata = { id: "1", name: "tool", package: "test" };

/** Goes over to SIGKILL soon. */
export const QUICK = new ProcessLauncher({ graceMs: 100 });

/** Shell text, in which `$0` is the test's directory, or a command line. */
export type Tool = string | readonly string[];

/** A directory and executions in it, renewed for each test. */
export class Rig {
  #temp: TempDir | undefined;

  constructor() {
    beforeEach(async () => {
      this.#temp = await tempDir("local");
    });
    afterEach(async () => this.#temp?.[Symbol.asyncDispose]());
  }

  /** Absolute host path of the test's directory, or of something below. */
  path(...parts: string[]): string {
    if (this.#temp === undefined) throw new Error("paths exist within a test only");
    return this.#temp.join(...parts);
  }

  start(options: LocalRunnerOptions = {}): BaseExecution {
    return new LocalRunner({ dataDir: this.path("data"), ...options }).startExecution(METADATA);
  }

  commandLine(tool: Tool): string[] {
    return typeof tool === "string" ? ["sh", "-c", tool, this.path()] : [...tool];
  }
}

/** Command lines of what runs in a process group; what has ended and waits to be collected does not count. */
export function running(group: string): string[] {
  const rows = execFileSync("ps", ["-A", "-o", "pgid=,stat=,args="], { encoding: "utf8" }).trim().split("\n");
  return rows.map((row) => row.trim()).filter((row) => row.startsWith(`${group} `) && !/^\d+ +Z/.test(row));
}
