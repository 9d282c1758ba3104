import { tmpdir } from "node:os";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { requireOrSkip } from "../../../../test/kit/skips.js";
import { tempDir, type TempDir } from "../../../../test/kit/temp-dir.js";
import { filesystemKind } from "../platform/filesystem-kind.js";
import { runBlocking } from "../platform/flow.js";
import { Digests } from "./digests.js";
import { Filesystems } from "./filesystems.js";
import { openLedger, userLedger } from "./user-ledger.js";

const kind = filesystemKind(tmpdir());
const noTimes = requireOrSkip("a ledger of the temporary directory", () => {
  return new Filesystems(new Set()).of(0n, tmpdir()).trust === "local"
    ? null
    : `${tmpdir()} lies on ${kind}, whose file times are not relied on; set TMPDIR`;
});

let dir: TempDir;
let path: string;
beforeEach(async () => {
  dir = await tempDir("user-ledger");
  path = dir.join("input.nii");
  writeFileSync(path, "");
});
afterEach(() => dir[Symbol.asyncDispose]());

describe("the ledger of a user", () => {
  test("lies in XDG_CACHE_HOME, and is one for the whole process", () => {
    const environment = { XDG_CACHE_HOME: dir.path };
    const ledger = userLedger(environment);
    expect(userLedger(environment)).toBe(ledger);
    expect(userLedger({ ...environment, RUNCACHE_LEDGER_FS: "nfs" })).not.toBe(ledger);
    writeFileSync(path, Buffer.alloc(300 * 1024));
    runBlocking(new Digests({ ledger }).outputs([path]));
    expect(statSync(dir.join("runcache/ledger/v1")).isDirectory()).toBe(true);
  });

  test("does not lie in a relative XDG_CACHE_HOME, which the specification says to ignore", () => {
    mkdirSync(dir.join("home"));
    vi.stubEnv("HOME", dir.join("home"));
    const ledger = userLedger({ XDG_CACHE_HOME: "relative" });
    expect(ledger.nowNs()).toBeGreaterThan(0n);
    vi.unstubAllEnvs();
    expect(statSync(dir.join("home/.cache/runcache/ledger/v1")).isDirectory()).toBe(true);
  });

  test.skipIf(noTimes)("is in memory for a user without a home", () => {
    writeFileSync(path, Buffer.alloc(300 * 1024));
    const homeless = (): never => {
      throw Object.assign(new Error("uv_os_homedir returned ENOENT"), { errno: -2, syscall: "uv_os_homedir" });
    };
    const digests = new Digests({ ledger: userLedger({}, homeless) });
    runBlocking(digests.outputs([path]));
    expect(runBlocking(digests.file(path)).origin).toBe("ledger");
  });

  test("warns of a file system in RUNCACHE_LEDGER_FS that means nothing", () => {
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
    userLedger({ XDG_CACHE_HOME: dir.path, RUNCACHE_LEDGER_FS: "nfs, NSF" });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toContain('names "nsf", which means nothing; known are beegfs');
    vi.restoreAllMocks();
  });
});

describe("the clock", () => {
  test("is that of the kernel, even where the process is told another time", () => {
    const ledger = openLedger(dir.join("own-clock"));
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 3_600_000);
    const { ctimeNs } = statSync(path, { bigint: true });
    const aheadNs = ledger.nowNs() - ctimeNs;
    vi.restoreAllMocks();
    expect(aheadNs).toBeGreaterThanOrEqual(0n);
    expect(aheadNs).toBeLessThan(3_600_000_000_000n);
  });

  test("is that of the process where no file can be touched", () => {
    writeFileSync(dir.join("not-a-directory"), "");
    const ledger = openLedger(dir.join("not-a-directory/below"));
    expect(Number(ledger.nowNs() / 1_000_000n)).toBeGreaterThan(Date.now() - 60_000);
  });
});
