import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { processIdentity } from "../platform/process-identity.js";
import { breakDeadLock, breakersPath, isHeldBy, releaseFreeLock, takeFreeLock } from "./free-lock.js";

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

describe("a lock that is given back for the next one", () => {
  afterEach(() => {
    vi.runAllTimers();
    vi.useRealTimers();
  });

  it("is free, and its file serves the process's next locks until there are none for a while", () => {
    vi.useFakeTimers();
    const other = join(dir, "other");
    const { ino } = (take(), statSync(path));
    releaseFreeLock(path, readFileSync(path, "utf8"), true);
    expect(existsSync(path)).toBe(false);
    const owner = take();
    expect(takeFreeLock(path)).toBe("busy");
    expect(takeFreeLock(other)).toEqual({ owner });
    expect([path, other].map((lock) => statSync(lock).ino)).toEqual([ino, ino]);
    releaseFreeLock(path, owner, true);
    releaseFreeLock(other, owner, true);
    expect(readdirSync(dir)).toHaveLength(1);
    vi.advanceTimersByTime(100);
    expect(readdirSync(dir)).toEqual([]);
    expect(takeFreeLock(path)).not.toEqual({ owner });
  });

  it("looks young however old the file is", () => {
    vi.useFakeTimers();
    releaseFreeLock(path, take(), true);
    const [spare = ""] = readdirSync(dir);
    const kept = takeFreeLock(join(dir, "kept"));
    utimesSync(join(dir, spare), 1, 1);
    for (let round = 0; round < 200; round++) {
      vi.advanceTimersByTime(60);
      takeFreeLock(join(dir, `${round}`));
    }
    expect(Date.now() - statSync(join(dir, "199")).mtimeMs).toBeLessThan(11_000);
    expect(kept).toMatchObject({ owner: expect.any(String) as string });
  });

  it("is taken anew where somebody swept the file away", () => {
    vi.useFakeTimers();
    releaseFreeLock(path, take(), true);
    for (const name of readdirSync(dir)) rmSync(join(dir, name));
    expect(isHeldBy(path, take())).toBe(true);
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

  describe("beside others who found the holder dead", () => {
    const deadText = (nonce: string): string =>
      JSON.stringify({ ...processIdentity(), pid: spawnSync("true").pid, nonce });

    afterEach(() => void vi.restoreAllMocks());

    it("leaves the lock of who broke it and took it in the meantime", () => {
      writeFileSync(path, deadText("holder"));
      let winner: string | undefined;
      const kill = vi.spyOn(process, "kill").mockImplementationOnce((pid, signal) => {
        kill.mockRestore();
        expect(breakDeadLock(path)).toBe(true);
        winner = take();
        return process.kill(pid, signal); // the judgement of the one who comes second
      });
      expect(breakDeadLock(path)).toBe(false);
      expect(readFileSync(path, "utf8")).toBe(winner);
      expect(readdirSync(dir)).toEqual(["lock"]);
    });

    it("leaves it to the one who is at it", () => {
      const text = deadText("holder");
      writeFileSync(path, text);
      writeFileSync(breakersPath(path, text), JSON.stringify(processIdentity()));
      expect(breakDeadLock(path)).toBe(false);
      expect(readFileSync(path, "utf8")).toBe(text);
    });

    it("frees it where all who were at it were killed", () => {
      let file = path;
      for (const nonce of ["holder", "breaker", "breaker of the breaker's"]) {
        const text = deadText(nonce);
        writeFileSync(file, text);
        file = breakersPath(file, text);
      }
      expect(breakDeadLock(path)).toBe(true);
      expect(readdirSync(dir)).toEqual([]);
    });

    it("frees it where names become too long to tell who is at it", () => {
      let file = path;
      while (file.length - dir.length <= 256) {
        const text = deadText(`${file.length}`);
        writeFileSync(file, text);
        file = breakersPath(file, text);
      }
      expect(breakDeadLock(path)).toBe(true);
      expect(readdirSync(dir)).toEqual([]);
    });
  });
});
