/** What a worker is started with. */
export interface WorkerStart {
  readonly url: string;
  readonly exported: string;
}

/** What a sweep tells a worker. */
export type WorkerOrder =
  | { readonly type: "run"; readonly params: string; readonly resultFile: string; readonly outputDir: string }
  | { readonly type: "abort"; readonly reason: string };

/** What a worker tells the sweep. */
export type WorkerReport =
  | { readonly type: "ready" }
  | { readonly type: "unusable"; readonly error: SentError }
  | { readonly type: "log"; readonly line: string }
  | { readonly type: "done" }
  | { readonly type: "failed"; readonly error: SentError };

/** An error, as it is sent: what of it every channel can carry. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
}

export function sendError(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: undefined, code: undefined };
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return { name: error.name, message: error.message, stack: error.stack, code };
}

/** The error again, with the stack that it had in the worker. */
export function receiveError({ name, message, stack, code }: SentError): Error {
  const error = new Error(message);
  Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  if (stack !== undefined) error.stack = stack;
  return code === undefined ? error : Object.assign(error, { code });
}
