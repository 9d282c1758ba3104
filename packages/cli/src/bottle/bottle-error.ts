import { RuncacheError, type ErrorFacts } from "@runcache/core";

/** What is wrong with a bottle, or keeps one from being made. */
export type BottleFault =
  | "FORM" // no bottle, damaged, or cut off
  | "VERSION" // of another version of runcache
  | "PATH" // a name that could lead anywhere but into its own place
  | "LINK" // a link that leaves its place, or goes in circles
  | "LIMIT" // more, or larger, than was asked for
  | "CONTENT" // bytes that are not those of their digest
  | "READ" // a bottle that cannot be opened
  | "WRITE" // a bottle that cannot be written where it is to lie
  | "INPUT" // an input that is gone or has changed
  | "TARGET"; // a place that is taken already

/** A bottle that cannot be made, or must not be opened. */
export class BottleError extends RuncacheError {
  constructor(fault: BottleFault, message: string, facts: ErrorFacts = {}, cause?: unknown) {
    super(`ERR_RUNCACHE_BOTTLE_${fault}`, message, facts, cause);
  }

  static {
    this.prototype.name = "BottleError";
  }
}
