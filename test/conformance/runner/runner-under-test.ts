import { BaseExecution, type CacheableRunner, type Metadata } from "@runcache/core";
import { afterEach, beforeEach } from "vitest";
import { makeTree, type Tree } from "../../kit/make-tree.js";
import { tempDir, type TempDir } from "../../kit/temp-dir.js";

/** What a runner may lack. Everything else every runner does. */
export const CAPABILITIES = [
  "signals", // tells the signal that ended a tool, instead of an exit code
  "inherits-environment", // tools see the environment of this process where none is explicit
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** What every runner takes. */
export interface CommonOptions {
  readonly dataDir: string;
  readonly environ?: Readonly<Record<string, string>>;
}

/** One implementation, as a row of the table that the suite runs over. */
export interface RunnerUnderTest {
  readonly name: string;
  /** A runner of its own for each test. */
  make(options: CommonOptions): CacheableRunner;
  /** Tag of an image that holds a POSIX shell and its usual tools; null for a runner without images. */
  readonly image: string | null;
  /** Whether this machine lacks what it needs. @default false */
  readonly missing?: boolean;
  /** What it lacks, each with the reason. */
  readonly lacks: Partial<Record<Capability, string>>;
}

/** What the tests of one runner share; renewed for each test. */
export class Bench {
  readonly subject: RunnerUnderTest;
  #temp: TempDir | undefined;

  constructor(subject: RunnerUnderTest) {
    this.subject = subject;
    beforeEach(async () => {
      this.#temp = await tempDir("conformance");
    });
    afterEach(async () => this.#temp?.[Symbol.asyncDispose]());
  }

  /** Whether the runner has `capability`. */
  has(capability: Capability): boolean {
    return this.subject.lacks[capability] === undefined;
  }

  /** Absolute host path below the test's directory. */
  path(...parts: string[]): string {
    if (this.#temp === undefined) throw new Error("paths exist within a test only");
    return this.#temp.join(...parts);
  }

  /** Writes input files below `inputs`; returns the absolute path of that directory. */
  async inputs(tree: Tree): Promise<string> {
    await makeTree(this.path("inputs"), tree);
    return this.path("inputs");
  }

  runner(options: Partial<CommonOptions> = {}): CacheableRunner {
    return this.subject.make({ dataDir: this.path("data"), ...options });
  }

  /** @throws where the runner's executions are not of the kind that all of ours are */
  start(options: Partial<CommonOptions> = {}): BaseExecution {
    const execution = this.runner(options).startExecution(this.metadata);
    if (!(execution instanceof BaseExecution)) throw new Error("not one of our executions");
    return execution;
  }

  get metadata(): Metadata {
    const { image } = this.subject;
    return {
      id: "conformance-1",
      name: "tool",
      package: "conformance",
      ...(image === null ? {} : { container_image_tag: image }),
    };
  }
}

/** A command line that runs shell text; its arguments are `$1` and so on. */
export function shell(script: string, ...args: readonly string[]): string[] {
  return ["sh", "-c", script, "tool", ...args];
}
