/** One input as the caller registered it. */
export interface RegisteredInput {
  /** The string that `inputFile` was given; parameters that equal it become references. */
  readonly given: string;
  /** Absolute host path. */
  readonly hostPath: string;
  /** The path that the tool sees. */
  readonly toolPath: string;
  readonly resolveParent: boolean;
  readonly mutable: boolean;
}
