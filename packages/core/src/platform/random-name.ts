import { randomBytes } from "node:crypto";

const NAME_BYTES = 16;
/** Names that are made at once: most of the cost is that of asking the system. */
const NAMES = 64;

let pool = Buffer.alloc(0);
let used = 0;

/** A name that nothing else has: 32 hex, 128 random bits. */
export function randomName(): string {
  if (used === pool.length) {
    pool = randomBytes(NAME_BYTES * NAMES);
    used = 0;
  }
  used += NAME_BYTES;
  return pool.toString("hex", used - NAME_BYTES, used);
}

/** Whether `name` has the form of a random name. */
export function isRandomName(name: string): boolean {
  return /^[0-9a-f]{32}$/.test(name);
}
