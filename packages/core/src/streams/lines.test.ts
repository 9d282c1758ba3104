import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forEachLine, LineSplitter } from "./lines.js";

function linesOf(...chunks: readonly (string | readonly number[])[]): string[] {
  const lines: string[] = [];
  forEachLine(
    chunks.map((chunk) => (typeof chunk === "string" ? Buffer.from(chunk) : Uint8Array.from(chunk))),
    (line) => lines.push(line),
  );
  return lines;
}

describe("forEachLine", () => {
  it.each<[title: string, text: string, lines: string[]]>([
    ["no line in nothing", "", []],
    ["a line without a line feed", "a", ["a"]],
    ["a line with one", "a\n", ["a"]],
    ["an empty line", "\n", [""]],
    ["empty lines between others", "a\n\n\nb\n", ["a", "", "", "b"]],
    ["a carriage return as content", "a\r\nb\rc\n", ["a\r", "b\rc"]],
    ["a byte order mark as content", "\uFEFFa\n", ["\uFEFFa"]],
    ["other line separators as content", "a\u2028b\u0085c\vd\fe\n", ["a\u2028b\u0085c\vd\fe"]],
    ["a NUL as content", "a\0b\n", ["a\0b"]],
  ])("finds %s", (_, text, lines) => {
    expect(linesOf(text)).toEqual(lines);
  });

  it("joins a character that chunks split", () => {
    expect(linesOf([0xe2, 0x82], [0xac, 0x0a])).toEqual(["€"]);
  });

  it("turns bytes that are not UTF-8 into U+FFFD and loses no line feed to them", () => {
    expect(linesOf([0xff, 0x0a, 0xe2, 0x82, 0x0a, 0xc3])).toEqual(["\uFFFD", "\uFFFD", "\uFFFD"]);
  });

  it("finds the lines of the whole, however it is cut into chunks", () => {
    const byte = fc.constantFrom(0x0a, 0x0d, 0x41, 0x80, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0xff);
    fc.assert(
      fc.property(fc.array(fc.array(byte)), (chunks) => {
        const whole = Buffer.from(chunks.flat()).toString("utf8");
        const expected = whole.split("\n");
        if (expected.at(-1) === "") expected.pop();
        expect(linesOf(...chunks)).toEqual(expected);
      }),
    );
  });
});

describe("LineSplitter", () => {
  it("hands a line out as soon as its line feed comes", () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    splitter.push(Buffer.from("a\nb"));
    expect(lines).toEqual(["a"]);
    splitter.push(Buffer.from("c\n"));
    expect(lines).toEqual(["a", "bc"]);
    splitter.end();
    expect(lines).toEqual(["a", "bc"]);
  });

  it("hands out a line that is too long for a string in pieces, and loses nothing", () => {
    const pieces: string[] = [];
    const splitter = new LineSplitter((line) => pieces.push(line), 8);
    for (const text of ["x".repeat(20), "€".repeat(5), "\nend"]) splitter.push(Buffer.from(text));
    splitter.end();
    expect(pieces.slice(0, -1).join("")).toBe("x".repeat(20) + "€".repeat(5));
    expect(pieces.at(-1)).toBe("end");
    expect(Math.max(...pieces.map((piece) => Buffer.byteLength(piece)))).toBeLessThanOrEqual(16);
  });

  it("does not count earlier lines towards the length of a line", () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line), 8);
    for (let index = 0; index < 10; index++) splitter.push(Buffer.from("1234\n56"));
    splitter.end();
    expect(lines).toEqual(["1234", ...Array.from({ length: 9 }, () => "561234"), "56"]);
  });
});
