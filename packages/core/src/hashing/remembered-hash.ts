import { BoundedMap } from "../platform/bounded-map.js";
import { hashText } from "./select-hasher.js";

const MOST_KNOWN = 1024;
/** Digests of the last texts: to find one costs less than to hash. */
const known = new BoundedMap<string, string>(MOST_KNOWN);
const LONGEST_KNOWN = 16 * 1024;

/** `hashText` for texts that come again soon: those of keys, names of tools, guards. */
export function rememberedHash(text: string): string {
  const remembered = known.get(text);
  if (remembered !== undefined) return remembered;
  const digest = hashText(text);
  if (text.length <= LONGEST_KNOWN) known.set(text, digest);
  return digest;
}
