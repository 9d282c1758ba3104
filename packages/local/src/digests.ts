import { Digests } from "@runcache/core";

let shared: Digests | undefined;

/** The digests of this package: of programs and of what users name as part of a tool. */
export function digests(): Digests {
  shared ??= new Digests();
  return shared;
}
