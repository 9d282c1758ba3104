import type { EvictReason, ResolvedPruneOptions } from "./prune-options.js";

/** What is known of an entry when it is decided about. */
export interface Candidate {
  /** Low ones go first. */
  readonly rank: number;
  readonly ageMs: number;
}

/** What stands in the cache: all of it, or a part. */
export interface Totals {
  readonly entries: number;
  readonly sizeBytes: number;
  readonly inodes: number;
}

/** Entries of a lower rank go, and so many of exactly this one. */
interface Cut {
  readonly reason: EvictReason;
  readonly rank: number;
  ties: number;
}

/**
 * Collects the entries of a first walk in a few bytes each, so that a second walk can decide about each
 * one by itself: a million entries fit into 24 MB.
 */
export class PrunePlanner {
  readonly #options: ResolvedPruneOptions;
  readonly #ranks = new Numbers();
  readonly #sizes = new Numbers();
  readonly #inodes = new Numbers();
  #stay: Totals = { entries: 0, sizeBytes: 0, inodes: 0 };

  constructor(options: ResolvedPruneOptions) {
    this.#options = options;
  }

  /** Counts an entry that stays whatever the limits say. */
  protect(size: Omit<Totals, "entries">): void {
    this.#stay = add(this.#stay, size);
  }

  /** Counts an entry that may go; one that is too old goes, and takes up nothing. */
  consider({ rank, ageMs }: Candidate, { sizeBytes, inodes }: Omit<Totals, "entries">): void {
    if (ageMs > this.#options.maxAgeMs) return;
    this.#ranks.push(rank);
    this.#sizes.push(sizeBytes);
    this.#inodes.push(inodes);
  }

  /** Decides, once all were counted. */
  plan(): PrunePlan {
    const { maxSizeBytes, maxEntries, maxInodes, maxAgeMs } = this.#options;
    const order = this.#ranks.order();
    const cut = (reason: EvictReason, limit: number, staying: number, amounts: ArrayLike<number> | null): Cut | null =>
      cutAt(reason, order, this.#ranks.values, amounts, limit - staying);
    const cuts = [
      cut("size", maxSizeBytes, this.#stay.sizeBytes, this.#sizes.values),
      cut("entries", maxEntries, this.#stay.entries, null),
      cut("inodes", maxInodes, this.#stay.inodes, this.#inodes.values),
    ].filter((found) => found !== null);
    return new PrunePlan(maxAgeMs, cuts);
  }
}

/** Says of each entry of a second walk whether it goes. Each is to be asked about once. */
export class PrunePlan {
  readonly #maxAgeMs: number;
  readonly #cuts: readonly Cut[];

  constructor(maxAgeMs: number, cuts: readonly Cut[]) {
    this.#maxAgeMs = maxAgeMs;
    this.#cuts = cuts;
  }

  /** Why the entry goes, or null where it stays. */
  decide({ rank, ageMs }: Candidate): EvictReason | null {
    if (ageMs > this.#maxAgeMs) return "age";
    // Every cut counts its ties down, whether another one takes the entry or not.
    const reasons = this.#cuts.filter((cut) => rank < cut.rank || (rank === cut.rank && cut.ties-- > 0));
    return reasons[0]?.reason ?? null;
  }
}

/** How far in `order` entries must go until what is left of their `amounts` (null: one each) fits into `room`. */
function cutAt(
  reason: EvictReason,
  order: Uint32Array,
  ranks: Float64Array,
  amounts: ArrayLike<number> | null,
  room: number,
): Cut | null {
  const amountOf = (index: number): number => (amounts === null ? 1 : (amounts[index] as number));
  let left = 0;
  for (const index of order) left += amountOf(index);
  let lastRank = NaN;
  let ties = 0;
  for (const index of order) {
    if (left <= room) break;
    const rank = ranks[index] as number;
    ties = rank === lastRank ? ties + 1 : 1;
    lastRank = rank;
    left -= amountOf(index);
  }
  return ties === 0 ? null : { reason, rank: lastRank, ties };
}

function add(totals: Totals, { sizeBytes, inodes }: Omit<Totals, "entries">): Totals {
  return {
    entries: totals.entries + 1,
    sizeBytes: totals.sizeBytes + sizeBytes,
    inodes: totals.inodes + inodes,
  };
}

/** A list of numbers, eight bytes each. */
class Numbers {
  #numbers = new Float64Array(1024);
  #length = 0;

  push(number: number): void {
    if (this.#length === this.#numbers.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#length++] = number;
  }

  get values(): Float64Array {
    return this.#numbers.subarray(0, this.#length);
  }

  /** Indexes, by ascending number. */
  order(): Uint32Array {
    const { values } = this;
    return Uint32Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number));
  }
}
