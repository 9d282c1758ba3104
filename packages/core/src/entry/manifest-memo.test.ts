import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeManifest } from "./manifest-codec.js";
import { decodeRemembered } from "./manifest-memo.js";

const KEY = "075a5a3b19d176f311c8211ea03fca2e47da941ca8953af21a64f1b6935b9de3";
const GOLDEN = `../../../../test/golden/layout-1/cache/${KEY.slice(0, 2)}/${KEY}/.runcache/manifest.json`;

const bytes = readFileSync(new URL(GOLDEN, import.meta.url));

describe("a manifest that was decoded before", () => {
  test("is not decoded again", () => {
    const decoded = decodeRemembered("/cache/a", bytes);
    expect(decoded).toEqual(decodeManifest(bytes));
    expect(decodeRemembered("/cache/a", Buffer.from(bytes))).toBe(decoded);
  });

  test("does not vouch for any other bytes at its place", () => {
    decodeRemembered("/cache/b", bytes);
    for (let index = 0; index < bytes.length; index += 7) {
      const damaged = Buffer.from(bytes);
      damaged[index] = (damaged[index] ?? 0) ^ 1;
      expect(decodeRemembered("/cache/b", damaged).status).toBe("corrupt");
    }
    expect(decodeRemembered("/cache/b", bytes.subarray(0, -1)).status).toBe("corrupt");
  });

  test("is remembered as it was, whatever becomes of the buffer", () => {
    const buffer = Buffer.from(bytes);
    decodeRemembered("/cache/c", buffer);
    buffer.fill(0);
    expect(decodeRemembered("/cache/c", buffer).status).toBe("corrupt");
  });
});
