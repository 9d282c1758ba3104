import { readFileSync } from "node:fs";

let version: string | undefined;

/** Version of this package, from its package.json; read at the first call. */
export function packageVersion(): string {
  version ??= versionOf(new URL("../../package.json", import.meta.url));
  return version;
}

function versionOf(packageJson: URL): string {
  return (JSON.parse(readFileSync(packageJson, "utf8")) as { version: string }).version;
}
