/**
 * What generated wrappers import as "styxdefs": the runner contract, and the runner they use when none is given.
 * The published package is not on the registry, so this stands in for it. It knows nothing of runcache:
 * that runcache's runners fit is what the type checker proves in the tests.
 *
 * @packageDocumentation
 */

/** Host path of an input file. */
export type InputPathType = string;

/** Host path of an output file. */
export type OutputPathType = string;

/** Names a tool. */
export interface Metadata {
  id: string;
  name: string;
  package: string;
  citations?: string[];
  container_image_tag?: string;
}

/** One call of one tool. */
export interface Execution {
  /** The published type declares the positional form only; published wrappers of the first generation use the other. */
  inputFile(
    hostFile: InputPathType,
    resolveParent?: boolean | { resolveParent?: boolean; mutable?: boolean },
    mutable?: boolean,
  ): string;
  outputFile(localFile: string, optional?: boolean): OutputPathType;
  params<T extends object>(params: T): T;
  run(cargs: string[], handleStdout?: (line: string) => void, handleStderr?: (line: string) => void): void;
}

/** Makes executions. */
export interface Runner {
  startExecution(metadata: Metadata): Execution;
}

let globalRunner: Runner | undefined;

/** The runner that wrappers use when their caller names none. Throws until `setGlobalRunner` was called. */
export function getGlobalRunner(): Runner {
  if (globalRunner === undefined) throw new Error("no global runner is set: call setGlobalRunner first");
  return globalRunner;
}

/** Sets, or with `undefined` forgets, the runner that wrappers use when their caller names none. */
export function setGlobalRunner(runner: Runner | undefined): void {
  globalRunner = runner;
}
