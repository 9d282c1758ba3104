import { RuncacheError } from "@runcache/core";

/** One of the command's own streams takes no more, for another reason than that nobody reads it. */
export class OutputError extends RuncacheError {
  constructor(fd: number, cause: Error) {
    const stream = fd === 2 ? "standard error" : "standard output";
    super(
      "ERR_RUNCACHE_OUTPUT",
      `${stream} cannot be written (${cause.message}): make room where it leads, or lead it elsewhere`,
      { stream },
      cause,
    );
  }

  static {
    this.prototype.name = "OutputError";
  }
}
