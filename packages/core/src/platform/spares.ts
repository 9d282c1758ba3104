/** Milliseconds that something may lie about for its next use. */
const IDLE_MS = 100;

/**
 * What is made and removed at every step of a loop, kept for the next step: to make a file or directory costs
 * file systems many times as much as to use it again. What nobody used for a tenth of a second is removed, at
 * the latest when the process exits.
 */
export class Spares<T> {
  readonly #remove: (spare: T) => void;
  readonly #spares = new Map<string, T[]>();
  #timer: NodeJS.Timeout | undefined;

  /** @param remove removes a spare; throws nothing that a file system does */
  constructor(remove: (spare: T) => void) {
    this.#remove = remove;
  }

  /** One of those for `use`, which stays. */
  peek(use: string): T | undefined {
    this.#timer?.refresh();
    return this.#spares.get(use)?.at(-1);
  }

  /** One of those for `use`, which then is the caller's. */
  take(use: string): T | undefined {
    this.#timer?.refresh();
    return this.#spares.get(use)?.pop();
  }

  offer(use: string, spare: T): void {
    const others = this.#spares.get(use);
    if (others === undefined) this.#spares.set(use, [spare]);
    else others.push(spare);
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(this.clear, IDLE_MS).unref();
    process.once("exit", this.clear);
  }

  /** Removes all. */
  readonly clear = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    process.off("exit", this.clear);
    const spares = [...this.#spares.values()].flat();
    this.#spares.clear();
    spares.forEach(this.#remove);
  };
}
