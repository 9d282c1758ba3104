import { isatty } from "node:tty";
import { isColored, makeStyle, type Style } from "./style.js";
import { writeAll } from "./write-all.js";

/** One of the two streams of the command. A reader that went away is no error: nothing more is written. */
export class Output {
  readonly fd: number;
  readonly #env: NodeJS.ProcessEnv;
  #style: Style | undefined;
  #open = true;

  constructor(fd: number, env: NodeJS.ProcessEnv) {
    this.fd = fd;
    this.#env = env;
  }

  /** Decided when it is asked for: a silent hit need not know whether there is a terminal. */
  get style(): Style {
    this.#style ??= makeStyle(isColored(this.fd, this.#env));
    return this.#style;
  }

  get isTerminal(): boolean {
    return isatty(this.fd);
  }

  /** Whether anybody still reads. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Writes bytes as they are. */
  write(chunk: Uint8Array | string): void {
    this.#open &&= writeAll(this.fd, chunk);
  }

  line(text = ""): void {
    this.write(`${text}\n`);
  }

  json(value: unknown): void {
    this.line(JSON.stringify(value, null, this.isTerminal ? 2 : undefined));
  }
}
