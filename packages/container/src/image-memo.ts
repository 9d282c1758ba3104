import type { ResolvedImage } from "./engine.js";

/** Milliseconds for which an answer is good: a burst of executions asks the engine once. */
const DEFAULT_TTL_MS = 5_000;

/** Remembers for a short time which image a name means; a failure is never remembered. */
export class ImageMemo {
  readonly #ttlMs: number;
  readonly #now: () => number;
  readonly #known = new Map<string, { readonly image: ResolvedImage; readonly untilMs: number }>();

  /** @param now a clock in milliseconds that never goes back */
  constructor(ttlMs: number = DEFAULT_TTL_MS, now: () => number = () => performance.now()) {
    this.#ttlMs = ttlMs;
    this.#now = now;
  }

  /** What `resolve` says about `name`, or said a moment ago. */
  get(name: string, resolve: (name: string) => ResolvedImage): ResolvedImage {
    const known = this.#known.get(name);
    if (known !== undefined && this.#now() < known.untilMs) return known.image;
    this.#known.delete(name);
    return this.set(resolve(name));
  }

  /** Takes note of what `image.name` means now. */
  set(image: ResolvedImage): ResolvedImage {
    this.#known.set(image.name, { image, untilMs: this.#now() + this.#ttlMs });
    return image;
  }
}
