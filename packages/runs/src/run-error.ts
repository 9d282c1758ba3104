import { RuncacheError, type ErrorCode } from "@runcache/core";
import type { Params } from "./params.js";

/** A runner that threw, or wrote no result. Nothing of it was kept; `cause` is what it threw. */
export class RunError extends RuncacheError {
  /** Normalised params of the run. */
  readonly params: Params;

  constructor(code: ErrorCode, message: string, params: Params, cause?: unknown) {
    super(code, message, { params }, cause);
    this.params = params;
  }

  static {
    this.prototype.name = "RunError";
  }
}

/** Longest text of params in a message. */
const LONGEST = 200;

/** `params` in a message. */
export function shortParams(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
