import type { Digests } from "@runcache/core";
import { type Flow } from "@runcache/core";

/**
 * What stands for the image in a SIF file: the digest of its bytes, with its kind. The ledger remembers it,
 * so that an image is read once.
 * @param path host path
 * @throws InputError where the file cannot be read
 */
export function* sifIdentity(digests: Digests, path: string): Flow<string> {
  const { digest } = yield* digests.file(path);
  return `sif:${digest}`;
}
