import { closeSync, constants, openSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import path from "node:path";
import { fifo, makeTree } from "./make-tree.js";

/** Holds a {@link CountingTool} (`--gate`, `gate.dir`) until the test lets it go; no sleeping on either side. */
export interface Gate extends Disposable {
  /** Host path to give to the tool. */
  readonly dir: string;
  /** Fulfilled when one more tool has arrived. */
  arrived(): Promise<void>;
  /** Lets one tool go, now or when it arrives: may be called before a run that blocks this thread. */
  release(): void;
}

/** Makes the two pipes of a gate in the directory `dir`. */
export async function openGate(dir: string): Promise<Gate> {
  await makeTree(dir, { arrived: fifo(), released: fifo() });
  // Opened for both directions: neither side then waits for the other one to open, and nothing that was said is lost.
  const flags = constants.O_RDWR | constants.O_NONBLOCK;
  const released = openSync(path.join(dir, "released"), flags);
  const arrivals = new Arrivals(openSync(path.join(dir, "arrived"), flags));
  return {
    dir,
    arrived: () => arrivals.next(),
    release: () => void writeSync(released, "go\n"),
    [Symbol.dispose]: () => {
      arrivals.close();
      closeSync(released);
    },
  };
}

/** Turns the lines of a pipe into promises. */
class Arrivals {
  readonly #socket: Socket;
  readonly #waiting: (() => void)[] = [];
  #ready = 0;

  constructor(fd: number) {
    // A socket polls the descriptor; a read stream would block a thread that nobody could call back.
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#socket.on("data", (chunk: Buffer) => this.#count(chunk.toString().split("\n").length - 1));
  }

  next(): Promise<void> {
    if (this.#ready > 0) {
      this.#ready -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#socket.destroy();
  }

  #count(lines: number): void {
    for (let line = 0; line < lines; line += 1) {
      const resolve = this.#waiting.shift();
      if (resolve === undefined) this.#ready += 1;
      else resolve();
    }
  }
}
