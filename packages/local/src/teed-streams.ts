import type { ChildProcess } from "node:child_process";
import { closeSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import type { LaunchRequest } from "@runcache/core";
import { takePipe, type Pipe } from "./pipe.js";
import { Tee } from "./tee.js";

/** What a child writes a stream to: a descriptor, or what Node makes, a socket. */
type Target = number | "pipe";

type Handler = (chunk: Uint8Array) => void;

/** A child and what copies its streams. */
export interface TeedChild {
  readonly child: ChildProcess;
  readonly tees: readonly Tee[];
}

/**
 * Starts a child by `start`, which gets what standard output and error are to be: the descriptors of the request, or
 * pipes to the handlers that listen.
 * @throws what `start` throws
 */
export function startTeed(
  { stdoutFd, stderrFd, onStdout, onStderr }: LaunchRequest,
  start: (stdout: Target, stderr: Target) => ChildProcess,
): TeedChild {
  const stdout = new TeedStream(stdoutFd, onStdout);
  const stderr = new TeedStream(stderrFd, onStderr);
  try {
    const child = start(stdout.target, stderr.target);
    return { child, tees: [...stdout.tees(child.stdout), ...stderr.tees(child.stderr)] };
  } finally {
    for (const stream of [stdout, stderr]) stream.close();
  }
}

/** One stream of a child that is about to start. */
class TeedStream {
  readonly target: Target;
  readonly #fd: number;
  readonly #handler: Handler | undefined;
  #pipe: Pipe | null;
  #isRead = false;

  constructor(fd: number, handler: Handler | undefined) {
    this.#fd = fd;
    this.#handler = handler;
    this.#pipe = handler === undefined ? null : takePipe();
    this.target = handler === undefined ? fd : (this.#pipe?.writer ?? "pipe");
  }

  /** The copying of the stream, where a handler listens. `own` is what Node made. */
  tees(own: Readable | null): Tee[] {
    if (this.#handler === undefined) return [];
    const stream = this.#pipe === null ? own : new Socket({ fd: this.#pipe.reader, readable: true, writable: false });
    this.#isRead = true;
    return stream === null ? [] : [new Tee(stream, this.#fd, this.#handler)];
  }

  /** Closes what nobody needs any more: the child has an end of its own, and who reads closes the other. */
  close(): void {
    if (this.#pipe === null) return;
    closeSync(this.#pipe.writer);
    if (!this.#isRead) closeSync(this.#pipe.reader);
    this.#pipe = null;
  }
}
