import { runBlocking, selectHasher, type JsonValue } from "@runcache/core";
import { digests } from "./digests.js";

/** What the user names as part of the tool: of it, only the content enters the key. */
export interface Toolchain {
  /** Host paths of files: a lock file, a container of scripts, a library. */
  readonly files?: readonly string[];
  /** Any text: the output of `module list`, a version. */
  readonly text?: string;
}

/**
 * What of `toolchain` enters the key: digests, in the order given.
 * @throws InputError where a file cannot be read
 */
export function toolchainFingerprint({ files = [], text }: Toolchain): JsonValue {
  return {
    files: runBlocking(digests().files(files)).map(({ digest }) => digest),
    ...(text === undefined ? {} : { text: selectHasher().hash(Buffer.from(text, "utf8")) }),
  };
}
