/** What a runner is given beside its params. */
export interface RunContext {
  /** Host path that the runner writes its result to, in `outputDir`. */
  readonly resultFile: string;
  /** Host path of the run's directory; other files in it are kept as well. */
  readonly outputDir: string;
  readonly signal: AbortSignal | undefined;
  /** Writes a line that is kept with the run. */
  readonly log: (line: string) => void;
}

/** Writes the result of `params` to `context.resultFile`. Params are normalised and frozen. */
export type RunFunction<P = Readonly<Record<string, unknown>>> = (
  params: P,
  context: RunContext,
) => void | Promise<void>;
