import { readFileSync } from "node:fs";

/** Version of this package. The bundle lies as deep below package.json as this module does after compiling. */
export function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
