import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LineTail, tailOfFile, TAIL_LINES } from "./tail.js";
import { forEachLine } from "./lines.js";

let dir: string;
beforeAll(() => (dir = mkdtempSync(join(tmpdir(), "runcache-tail-"))));
afterAll(() => rmSync(dir, { recursive: true }));

function tailOf(content: string | Uint8Array): string[] {
  const path = join(dir, "stream");
  writeFileSync(path, content);
  return tailOfFile(path);
}

describe("tailOfFile", () => {
  it.each<[content: string, tail: string[]]>([
    ["", []],
    ["\n", [""]],
    ["a", ["a"]],
    ["a\n", ["a"]],
    ["a\n\n", ["a", ""]],
    ["\na\nb", ["", "a", "b"]],
  ])("of %j is %j", (content, tail) => {
    expect(tailOf(content)).toEqual(tail);
  });

  it("is the last lines of many, across the pieces in which it reads", () => {
    const lines = Array.from({ length: 5000 }, (_, index) => `${index} ${"x".repeat(index % 4000)}`);
    expect(tailOf(lines.join("\n") + "\n")).toEqual(lines.slice(-TAIL_LINES));
  });

  it("cuts lines that are too long, and marks them", () => {
    const [first, second] = tailOf(`${"a".repeat(10_000)}\nb\n`);
    expect(first).toBe(`${"a".repeat(4096)}…`);
    expect(second).toBe("b");
  });

  it("does not look for the beginning of an endless line, and marks what it tells of it", () => {
    const [only, ...rest] = tailOf(Buffer.alloc(9 * 1024 * 1024, "z"));
    expect(only).toMatch(/^…z{4096}…$/);
    expect(rest).toEqual([]);
  });

  it("reads an open descriptor wherever it stands, and leaves it open", () => {
    const path = join(dir, "open");
    const fd = openSync(path, "w+");
    writeFileSync(fd, "one\ntwo\n");
    expect(tailOfFile(fd)).toEqual(["one", "two"]);
    expect(tailOfFile(fd)).toEqual(["one", "two"]);
    closeSync(fd);
  });

  it("agrees with splitting the whole", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("\n", "a", "é", "\r")), (parts) => {
        const lines: string[] = [];
        forEachLine([Buffer.from(parts.join(""))], (line) => lines.push(line));
        expect(tailOf(parts.join(""))).toEqual(lines.slice(-TAIL_LINES));
      }),
    );
  });
});

describe("LineTail", () => {
  it("keeps the last lines, cut where they are too long", () => {
    const tail = new LineTail();
    for (let index = 0; index < 100; index++) tail.push(String(index));
    tail.push("y".repeat(5000));
    expect(tail.lines).toHaveLength(TAIL_LINES);
    expect(tail.lines[0]).toBe("61");
    expect(tail.lines.at(-1)).toBe(`${"y".repeat(4096)}…`);
  });
});
