import { signalExitCode } from "./exit-status.js";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Why a run ends early: somebody wants it to. */
export class Interrupt extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }

  get exitCode(): number {
    return signalExitCode(this.signal);
  }
}

/**
 * Turns SIGINT, SIGTERM and SIGHUP into an abort, whose reason is an {@link Interrupt}; a second one ends
 * the process at once, and what guards its tools ends them.
 */
export class Interrupts {
  readonly #controller = new AbortController();
  readonly #listener = (name: NodeJS.Signals): void => this.interrupt(name);
  #isListening = false;

  /** Begins. A hit is over sooner than it takes to listen: until something runs, a signal may end the process itself. */
  listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    for (const name of SIGNALS) process.on(name, this.#listener);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  interrupt(name: NodeJS.Signals): void {
    if (this.signal.aborted) process.exit(signalExitCode(name));
    this.#controller.abort(new Interrupt(name));
  }

  dispose(): void {
    for (const name of SIGNALS) process.off(name, this.#listener);
  }
}

/**
 * The exit code that `act` comes to, or that of the signal which ended it.
 * @throws what else `act` throws
 */
export async function interruptible(act: (interrupts: Interrupts) => Promise<number>): Promise<number> {
  const interrupts = new Interrupts();
  try {
    return await act(interrupts);
  } catch (error) {
    if (error instanceof Interrupt) return error.exitCode;
    throw error;
  } finally {
    interrupts.dispose();
  }
}
