import { createHash } from "node:crypto";

/** What a name that already ends like a made one would be taken for. */
const PLAIN = /^[a-z][a-z0-9_]{0,47}$/;
const MADE = /__[0-9a-f]{8}$/;

/**
 * An SQL identifier for a name of the user's: the name itself where it is lower-case, short and not
 * `taken`; else what can be read of it and a hash, because SQL's names know no case in SQLite and end
 * after 63 bytes in PostgreSQL. Different names have different identifiers.
 */
export function sqlName(name: string, taken: ReadonlySet<string> = new Set()): string {
  if (PLAIN.test(name) && !MADE.test(name) && !taken.has(name)) return name;
  const readable = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .slice(0, 40);
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${/^[a-z]/.test(readable) ? "" : "x"}${readable}__${hash}`;
}
