// What many-files.mjs writes, for whoever checks it.
import { createHash } from "node:crypto";

export const names = Array.from({ length: 20 }, (_, index) => `file-${index}`);

/** 20,000 bytes without a zero among them. */
export function contentOf(seed, name) {
  const line = createHash("sha256").update(`${seed} ${name}`).digest("hex");
  return Buffer.from(line.repeat(400).slice(0, 20_000));
}
