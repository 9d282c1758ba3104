import type { ExecOptions, ExecPlan, ExecResult, ExecTool } from "../../packages/core/dist/index.js";

/** One call of a pipeline, done. */
export interface Step {
  readonly name: string;
  readonly result: ExecResult;
  /** Wall time of the call, milliseconds. */
  readonly tookMs: number;
  /** Name of its output. */
  readonly output: string;
}

export type Exec = (tool: ExecTool, plan: ExecPlan, options?: ExecOptions) => Promise<ExecResult>;

/** Three steps, each reading what the one before made. */
export interface Pipeline {
  readonly title: string;
  readonly parameterChange: string;
  readonly inputChange: string;
  /** Makes the input. */
  prepare(): void;
  steps(exec: Exec): AsyncIterable<Step>;
  /** Changes a parameter of the second step. */
  changeParameter(): void;
  changeInput(): void;
}
