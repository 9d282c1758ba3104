/** How a flight ended for those who waited for it. */
type Landing =
  | { readonly kind: "landed"; readonly result: unknown }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "aborted" };

/**
 * The asynchronous runs of this thread, by (cache root, key, guards): equal calls share one run. A
 * leader that is aborted, by its signal or by its own handlers, hands over to one waiter; what failed,
 * failed for all.
 */
export class Flights {
  /**
   * Those of this thread, whichever runner made them: a synchronous run that waited for a lock which an
   * asynchronous run of its own thread holds would wait for ever.
   */
  static readonly ofThread = new Flights();

  readonly #flights = new Map<string, Promise<Landing>>();

  #blocking = 0;

  /** Whether any run is under way. A synchronous run then must not wait for other processes. */
  get busy(): boolean {
    return this.#flights.size > 0 || this.#blocking > 0;
  }

  /**
   * Calls `run`, which blocks this thread, with whether it may wait for other processes: not from inside
   * another run, whose lock it would wait for, or another process in its turn would.
   */
  block<T>(run: (mayWait: boolean) => T): T {
    const mayWait = !this.busy;
    this.#blocking++;
    try {
      return run(mayWait);
    } finally {
      this.#blocking--;
    }
  }

  /**
   * Calls `lead` where no flight `id` is under way; else waits for it and then calls `follow` with what it
   * came to, if anything. That answers undefined where there is nothing to share, so that this caller takes
   * its turn.
   * @param isOwn whether what `lead` threw is of this caller's making and concerns nobody else
   * @throws what `lead` throws, the leader's error for all; a follower its own signal's reason where that
   * is aborted first.
   */
  async join<T>(
    id: string,
    lead: () => Promise<T>,
    follow: (led: T | undefined) => T | undefined,
    signal: AbortSignal | undefined,
    isOwn: (error: unknown) => boolean = () => false,
  ): Promise<T> {
    for (;;) {
      const flight = this.#flights.get(id);
      if (flight === undefined) return await this.#lead(id, lead, (error) => signal?.aborted === true || isOwn(error));
      const landing = await unlessAborted(flight, signal);
      // A leader whose line handler threw has stored its result all the same.
      const led = landing.kind === "landed" ? (landing.result as T) : undefined;
      const shared = landing.kind === "aborted" ? undefined : follow(led);
      if (shared !== undefined) return shared;
      if (landing.kind === "failed") throw landing.error;
    }
  }

  async #lead<T>(id: string, lead: () => Promise<T>, isOwn: (error: unknown) => boolean): Promise<T> {
    let land!: (landing: Landing) => void;
    this.#flights.set(id, new Promise((resolve) => (land = resolve)));
    try {
      const result = await lead();
      this.#flights.delete(id);
      land({ kind: "landed", result });
      return result;
    } catch (error) {
      this.#flights.delete(id);
      land(isOwn(error) ? { kind: "aborted" } : { kind: "failed", error });
      throw error;
    }
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise;
  signal.throwIfAborted();
  let stop!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
