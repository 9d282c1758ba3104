import { closeSync, fstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { takePipe, type Pipe } from "./pipe.js";

let dir: string;
let pipes: Pipe[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "runcache-pipe-"));
  vi.stubEnv("TMPDIR", dir);
  pipes = [];
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const { reader } of pipes) closeSync(reader);
  rmSync(dir, { recursive: true });
});

function take(): Pipe {
  const pipe = takePipe();
  if (pipe === null) throw new Error("this system gives no pipe");
  pipes.push(pipe);
  return pipe;
}

describe("takePipe", () => {
  it("gives a pipe that ends when its writer is closed", () => {
    const { reader, writer } = take();
    writeSync(writer, "all of it");
    closeSync(writer);
    expect(readFileSync(reader, "utf8")).toBe("all of it");
  });

  it("gives every caller another one, and leaves no name of them on disk", () => {
    const inodes = Array.from({ length: 6 }, () => {
      const { reader, writer } = take();
      closeSync(writer);
      return fstatSync(reader).ino;
    });
    expect(new Set(inodes).size).toBe(6);
    expect(readdirSync(dir)).toEqual([]);
  });

  it("gives none where none can be made", () => {
    vi.stubEnv("TMPDIR", join(dir, "missing"));
    const taken = Array.from({ length: 5 }, () => takePipe());
    for (const pipe of taken) {
      if (pipe === null) continue;
      closeSync(pipe.writer);
      pipes.push(pipe);
    }
    expect(taken.at(-1)).toBe(null);
  });
});
