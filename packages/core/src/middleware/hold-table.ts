/** Texts that one table takes. */
const SLOTS = 256;
/** A version and a length, both 32 bit. */
const HEAD_BYTES = 8;
/** Room for two of the longest paths that Linux takes; pages that nobody writes to take no memory. */
const SLOT_BYTES = 16 * 1024;
const TEXT_BYTES = SLOT_BYTES - HEAD_BYTES;

/** A text of a table, and what tells it from every other that its slot ever had. */
export interface HeldText {
  readonly id: string;
  readonly text: string;
}

/**
 * Texts in shared memory, which one thread writes and another reads now and then: to write costs a microsecond,
 * where a message would wake the other thread. A slot's version is odd while it holds a text.
 */
export class HoldTable {
  readonly buffer: SharedArrayBuffer;
  readonly #heads: Int32Array;
  readonly #bytes: Buffer;
  /** Slots that the writing thread may use. */
  readonly #free: number[];

  constructor(buffer = new SharedArrayBuffer(SLOTS * SLOT_BYTES)) {
    this.buffer = buffer;
    this.#heads = new Int32Array(buffer);
    this.#bytes = Buffer.from(buffer);
    this.#free = Array.from({ length: SLOTS }, (_, slot) => SLOTS - 1 - slot);
  }

  /** Writes `text`. Returns its slot, or null where it is too long or no slot is free. */
  put(text: string): number | null {
    if (Buffer.byteLength(text) > TEXT_BYTES) return null;
    const slot = this.#free.pop();
    if (slot === undefined) return null;
    const head = headOf(slot);
    const length = this.#bytes.write(text, slot * SLOT_BYTES + HEAD_BYTES, TEXT_BYTES, "utf8");
    Atomics.store(this.#heads, head + 1, length);
    Atomics.add(this.#heads, head, 1);
    return slot;
  }

  /** Removes the text of `slot`. */
  drop(slot: number): void {
    Atomics.add(this.#heads, headOf(slot), 1);
    this.#free.push(slot);
  }

  /** What is held now. A text that is removed or replaced while it is read is left out. */
  *held(): Generator<HeldText> {
    for (let slot = 0; slot < SLOTS; slot++) {
      const head = headOf(slot);
      const version = Atomics.load(this.#heads, head);
      if ((version & 1) === 0) continue;
      const start = slot * SLOT_BYTES + HEAD_BYTES;
      const text = this.#bytes.toString("utf8", start, start + Atomics.load(this.#heads, head + 1));
      if (Atomics.load(this.#heads, head) === version) yield { id: `${slot}.${version}`, text };
    }
  }
}

function headOf(slot: number): number {
  return (slot * SLOT_BYTES) / Int32Array.BYTES_PER_ELEMENT;
}
