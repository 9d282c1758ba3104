import { hashText } from "./select-hasher.js";

/** Digests of the last texts, oldest first: to find one costs less than to hash. */
const known = new Map<string, string>();
const MOST_KNOWN = 1024;
const LONGEST_KNOWN = 16 * 1024;

/** `hashText` for texts that come again soon: those of keys, names of tools, guards. */
export function rememberedHash(text: string): string {
  const remembered = known.get(text);
  if (remembered !== undefined) return remembered;
  const digest = hashText(text);
  if (text.length > LONGEST_KNOWN) return digest;
  known.set(text, digest);
  const [oldest] = known.keys();
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  return digest;
}
