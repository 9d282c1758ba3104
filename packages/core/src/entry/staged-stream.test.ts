import { existsSync, readFileSync, writeSync } from "node:fs";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tempDir, type TempDir } from "../../../../test/kit/temp-dir.js";
import { StagedStream } from "./staged-stream.js";

const MIB = 2 ** 20;

let temp: TempDir;
let count = 0;

beforeEach(async () => {
  temp = await tempDir("staged-stream");
});

afterEach(() => temp[Symbol.asyncDispose]());

const makeStream = (): StagedStream => new StagedStream(temp.join(`${count++}`));

describe("a stream of a run", () => {
  test("says the same whether it lies in memory or in a file, and wherever it went from one to the other", () => {
    const steps = fc.array(fc.oneof(fc.uint8Array({ maxLength: 9 }), fc.constant("open" as const)), { maxLength: 12 });
    fc.assert(
      fc.property(steps, fc.nat(60), fc.nat(60), (pieces, position, length) => {
        const stream = makeStream();
        for (const piece of pieces) {
          if (piece === "open") stream.open();
          else stream.write(piece);
        }
        const all = Buffer.concat(pieces.filter((piece) => piece !== "open"));
        expect(stream.sizeBytes).toBe(all.length);
        expect(stream.read(position, length).equals(all.subarray(position, position + length))).toBe(true);
        stream.close();
        expect(existsSync(stream.path)).toBe(pieces.includes("open"));
      }),
      { numRuns: 50 },
    );
  });

  test("takes a copy of what it is given", () => {
    const stream = makeStream();
    const bytes = Buffer.from("kept");
    stream.write(bytes);
    bytes.fill("x");
    expect(stream.read(0, 4).toString()).toBe("kept");
  });

  test("becomes a file where it is large", () => {
    const stream = makeStream();
    stream.write(Buffer.alloc(MIB, "a"));
    expect(stream.isFile).toBe(false);
    stream.write(Buffer.from("b"));
    expect(readFileSync(stream.path, "latin1")).toBe(`${"a".repeat(MIB)}b`);
    stream.close();
  });

  test("goes on in its file where a process wrote to the descriptor", () => {
    const stream = makeStream();
    stream.write(Buffer.from("before "));
    writeSync(stream.fd, "process ");
    stream.write(Buffer.from("after"));
    expect(readFileSync(stream.path, "utf8")).toBe("before process after");
    stream.close();
    stream.close();
  });
});
