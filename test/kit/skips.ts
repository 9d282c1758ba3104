/** Why a part of the machine cannot be used, or null where it can. */
export type Probe = () => string | null;

const told = new Set<string>();

/**
 * Whether the tests behind it must be skipped, for `describe.skipIf` and `test.skipIf`:
 *
 *     describe.skipIf(requireOrSkip("docker", probes.docker))("with Docker", () => { … });
 *
 * Prints the reason once. With `RUNCACHE_FORBID_SKIPS=1` (CI) it throws instead, so that the file fails.
 */
export function requireOrSkip(name: string, probe: Probe): boolean {
  const reason = probe();
  if (reason === null) return false;
  if (process.env["RUNCACHE_FORBID_SKIPS"] === "1") {
    throw new Error(`${name} is required here (RUNCACHE_FORBID_SKIPS=1): ${reason}`);
  }
  if (!told.has(name)) process.stderr.write(`skipped, ${name}: ${reason}\n`);
  told.add(name);
  return true;
}
