import { dirname } from "node:path";
import type { Execution, Metadata, Runner } from "../types/runner.js";
import { GraphExecution, type StepFiles, type StepStatus } from "./graph-execution.js";
import { mermaidOf, type GraphDirection } from "./graph-mermaid.js";

/** One run of one tool. */
export interface GraphStep extends StepFiles {
  /** `s0`, `s1`, … in the order in which the runs began. */
  readonly id: string;
  readonly package: string;
  readonly name: string;
  readonly status: StepStatus;
}

/** One step read what another one wrote. */
export interface GraphEdge {
  /** Id of the step that wrote. */
  readonly from: string;
  /** Id of the step that read. */
  readonly to: string;
  /** What was read: absolute host paths. */
  readonly files: readonly string[];
}

/** What ran, and what depended on what. */
export interface Graph {
  readonly steps: readonly GraphStep[];
  readonly edges: readonly GraphEdge[];
}

/**
 * Wraps any runner and records which step read what which other step wrote. Around a `CachingRunner` it
 * tells cached steps from those that ran.
 * @example
 * ```ts
 * import { CachingRunner, GraphRunner } from "@runcache/core";
 * import { LocalRunner } from "@runcache/local";
 *
 * const runner = new GraphRunner(new CachingRunner({ base: new LocalRunner() }));
 * // … wrappers run …
 * console.log(runner.toMermaid());
 * ```
 */
export class GraphRunner implements Runner {
  readonly #base: Runner;
  /** Number of the step → the step, once its run has ended. */
  readonly #ended = new Map<number, GraphStep>();
  #begun = 0;

  constructor(base: Runner) {
    this.#base = base;
  }

  startExecution(metadata: Metadata): Execution {
    return new GraphExecution(this.#base.startExecution(metadata), (files) => this.#begin(metadata, files));
  }

  /** The graph of what ran so far; a run that has not ended is not in it. */
  toGraph(): Graph {
    const steps = [...this.#ended].sort(([a], [b]) => a - b).map(([, step]) => step);
    return { steps, edges: edgesOf(steps) };
  }

  /** For `JSON.stringify(runner)`. */
  toJSON(): Graph {
    return this.toGraph();
  }

  /** The graph as a Mermaid flowchart. */
  toMermaid(options: { /** @default "TD" */ readonly direction?: GraphDirection } = {}): string {
    return mermaidOf(this.toGraph(), options.direction ?? "TD");
  }

  #begin(metadata: Metadata, files: StepFiles): (status: StepStatus) => void {
    const number = this.#begun++;
    return (status) => {
      const { package: pack, name } = metadata;
      this.#ended.set(number, { id: `s${number}`, package: pack, name, status, ...files });
    };
  }
}

/** A step depends on the last one before it that wrote into the directory which its input lies in. */
function edgesOf(steps: readonly GraphStep[]): GraphEdge[] {
  const writers = new Map<string, GraphStep>();
  const edges: GraphEdge[] = [];
  for (const step of steps) {
    const filesOf = new Map<string, string[]>();
    for (const file of step.inputs) {
      const writer = writerOf(file, writers);
      if (writer !== null) filesOf.set(writer.id, [...(filesOf.get(writer.id) ?? []), file]);
    }
    for (const [from, files] of filesOf) edges.push({ from, to: step.id, files });
    if (step.outputDir !== null) writers.set(step.outputDir, step);
  }
  return edges;
}

/** Looks up `file` and the directories above it. */
function writerOf(file: string, writers: ReadonlyMap<string, GraphStep>): GraphStep | null {
  for (let path = file; ; path = dirname(path)) {
    const writer = writers.get(path);
    if (writer !== undefined) return writer;
    if (dirname(path) === path) return null;
  }
}
