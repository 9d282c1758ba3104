import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tempDir, type TempDir } from "../../../../test/kit/temp-dir.js";
import { copyInPieces } from "./copy-in-pieces.js";

let temp: TempDir;

beforeEach(async () => {
  temp = await tempDir("pieces");
});

afterEach(() => temp[Symbol.asyncDispose]());

describe("copyInPieces", () => {
  test.each([0, 1, 4 * 1024 * 1024, 9_000_001])("copies %d bytes as they are", async (length) => {
    const bytes = Buffer.alloc(length, "pieces of different bytes ");
    writeFileSync(temp.join("from"), bytes);
    await copyInPieces(temp.join("from"), temp.join("to"), undefined);
    expect(readFileSync(temp.join("to")).equals(bytes)).toBe(true);
  });

  test("stops with the signal's reason, before the first piece and between two", async () => {
    writeFileSync(temp.join("from"), Buffer.alloc(64 * 1024 * 1024));
    const early = AbortSignal.abort(new Error("before"));
    await expect(copyInPieces(temp.join("from"), temp.join("to"), early)).rejects.toThrow("before");
    expect(existsSync(temp.join("to"))).toBe(false);
    const controller = new AbortController();
    const copied = copyInPieces(temp.join("from"), temp.join("to"), controller.signal);
    setImmediate(() => setImmediate(() => controller.abort(new Error("between"))));
    const ended = await copied.then(
      () => "cloned",
      (error: unknown) => (error as Error).message,
    );
    expect(["cloned", "between"]).toContain(ended); // some file systems copy at once
    expect(statSync(temp.join("to")).size < 64 * 1024 * 1024).toBe(ended === "between");
  });
});
