/** A mean of numbers in which the latest count most: older ones fade as `memory` more come. */
export class RecentMean {
  readonly #memory: number;
  #count = 0;
  #value = 0;

  constructor(memory: number) {
    this.#memory = memory;
  }

  /** 0 until there is a number. */
  get value(): number {
    return this.#value;
  }

  /** While there are few numbers, all count the same. */
  add(number: number): void {
    this.#count = Math.min(this.#count + 1, this.#memory);
    this.#value += (number - this.#value) / this.#count;
  }
}
