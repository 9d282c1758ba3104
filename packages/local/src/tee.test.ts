import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Tee } from "./tee.js";

let dir: string;
let fd: number;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "runcache-tee-"));
  fd = openSync(join(dir, "copy"), "w");
});
afterEach(() => {
  vi.useRealTimers();
  closeSync(fd);
  rmSync(dir, { recursive: true });
});

const copied = (): string => readFileSync(join(dir, "copy"), "utf8");

describe("Tee", () => {
  it("copies every chunk, and shows it", async () => {
    const stream = new PassThrough();
    const shown: string[] = [];
    const tee = new Tee(stream, fd, (chunk) => shown.push(Buffer.from(chunk).toString()));
    stream.write("one ");
    stream.end("two");
    await tee.drain();
    expect(shown.join("")).toBe("one two");
    expect(copied()).toBe("one two");
  });

  it("gives up a pipe that somebody else holds open, with all that came", async () => {
    vi.useFakeTimers();
    const stream = new PassThrough();
    const tee = new Tee(stream, fd, () => undefined);
    stream.write("before");
    const drained = tee.drain();
    await vi.runAllTimersAsync();
    await drained;
    expect(stream.destroyed).toBe(true);
    expect(copied()).toBe("before");
  });

  it("shows everything where the copy cannot be written, and says why", async () => {
    const unwritable = openSync(join(dir, "copy"), "r");
    const stream = new PassThrough();
    const shown: string[] = [];
    const tee = new Tee(stream, unwritable, (chunk) => shown.push(Buffer.from(chunk).toString()));
    stream.write("one ");
    stream.end("two");
    await tee.drain();
    closeSync(unwritable);
    expect(shown.join("")).toBe("one two");
    expect(tee.unwritten).toContain("EBADF");
  });

  it("is rejected with what a handler throws, and reads no more", async () => {
    const stream = new PassThrough();
    const failure = new Error("handler");
    const tee = new Tee(stream, fd, () => {
      throw failure;
    });
    stream.write("one");
    await expect(tee.closed).rejects.toBe(failure);
    expect(stream.destroyed).toBe(true);
  });
});
