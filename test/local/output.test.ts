import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { tempDir } from "../kit/temp-dir.js";

const PROGRAM = fileURLToPath(new URL("listener.mjs", import.meta.url));
const MIB = 1024 * 1024;

/** What a process with a small heap hears of a tool's standard output. */
async function heard(form: string, script: string, heapMiB = 48): Promise<unknown> {
  await using dir = await tempDir("output");
  const args = [`--max-old-space-size=${heapMiB}`, PROGRAM, dir.path, form, script];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

// RUNCACHE_SLOW=1 adds what takes long.
const slow = process.env["RUNCACHE_SLOW"] === "1";
const SIZES_MIB = slow ? [64, 1024] : [64];
const ENDLESS_LINES_MIB = slow ? [600] : [];

describe.each(["run", "runAsync"])("%s", (form) => {
  it.each(SIZES_MIB)("loses nothing of %i MiB of output, in a small heap", { timeout: 600_000 }, async (sizeMiB) => {
    const script = `yes 'the same line, again and again, of 64 bytes with its line feed!' | head -c ${sizeMiB * MIB}`;
    expect(await heard(form, script)).toEqual({ lines: (sizeMiB * MIB) / 64, characters: (sizeMiB * MIB * 63) / 64 });
  });

  it("loses nothing where no line feed comes at all", async () => {
    const script = `head -c ${16 * MIB} /dev/zero`;
    expect(await heard(form, script, 128)).toEqual({ lines: 1, characters: 16 * MIB });
  });

  it.each(ENDLESS_LINES_MIB)("hands out a line of %i MiB in pieces", { timeout: 600_000 }, async (sizeMiB) => {
    const script = `head -c ${sizeMiB * MIB} /dev/zero`;
    expect(await heard(form, script, 2048)).toEqual({ lines: Math.ceil(sizeMiB / 256), characters: sizeMiB * MIB });
  });
});
