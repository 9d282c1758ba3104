import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { processIdentity } from "../platform/process-identity.js";
import { breakDeadLock, isHeldBy, releaseFreeLock, takeFreeLock } from "./free-lock.js";

let dir: string;
let path: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "runcache-free-lock-"));
  path = join(dir, "lock");
});

afterEach(() => rmSync(dir, { recursive: true }));

function take(): string {
  const taken = takeFreeLock(path);
  if (typeof taken === "string") throw new Error(taken);
  return taken.owner;
}

describe("a lock that nobody holds", () => {
  it("is taken by one, and free again when it is given back", () => {
    const owner = take();
    expect(takeFreeLock(path)).toBe("busy");
    releaseFreeLock(path, owner);
    expect(readdirSync(dir)).toEqual([]);
    expect(isHeldBy(path, take())).toBe(true);
  });

  it("has no place where its directory is missing, and cannot be had where there is none", () => {
    expect(takeFreeLock(join(dir, "nowhere", "lock"))).toBe("no-place");
    writeFileSync(path, "");
    expect(takeFreeLock(join(path, "lock"))).toBe("failed");
  });
});

describe("a lock that was taken over", () => {
  it("is not given back by the holder before", () => {
    const before = take();
    const now = JSON.stringify({ ...processIdentity(), nonce: "another" });
    writeFileSync(path, now);
    releaseFreeLock(path, before);
    expect(readFileSync(path, "utf8")).toBe(now);
  });
});

describe("breakDeadLock", () => {
  it("frees the lock of a process of this machine that is dead", () => {
    const { pid } = spawnSync("true");
    writeFileSync(path, JSON.stringify({ ...processIdentity(), pid }));
    expect(breakDeadLock(path)).toBe(true);
    expect(isHeldBy(path, take())).toBe(true);
  });

  it.each([
    ["of one that lives", () => JSON.stringify(processIdentity())],
    ["of another machine", () => JSON.stringify({ ...processIdentity(), host: "elsewhere" })],
    ["whose owner is being written", () => '{"host":'],
  ])("leaves the lock %s alone", (_, owner) => {
    writeFileSync(path, owner());
    expect(breakDeadLock(path)).toBe(false);
    expect(takeFreeLock(path)).toBe("busy");
  });
});
