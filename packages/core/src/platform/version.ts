import { readFileSync } from "node:fs";

/** In what is published the build puts the version here: a bundler of the user's moves this file away from ours. */
declare const RUNCACHE_VERSION: string | undefined;

let version: string | undefined;

/** Version of this package, from its package.json. */
export function packageVersion(): string {
  // Sources, in tests, have package.json.
  version ??=
    typeof RUNCACHE_VERSION === "string" ? RUNCACHE_VERSION : versionOf(new URL("../../package.json", import.meta.url));
  return version;
}

function versionOf(packageJson: URL): string {
  return (JSON.parse(readFileSync(packageJson, "utf8")) as { version: string }).version;
}
