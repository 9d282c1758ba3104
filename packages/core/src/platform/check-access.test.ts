import { chmodSync, constants, mkdtempSync, rmSync, statSync, writeFileSync, type BigIntStats } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkAccess } from "./check-access.js";

let dir: string;
let path: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "runcache-access-"));
  path = join(dir, "tool");
  writeFileSync(path, "#!/bin/sh\n");
  chmodSync(path, 0o755);
});

afterEach(() => rmSync(dir, { recursive: true }));

/** Nobody, root included, may execute a file without any executable bit. */
function mayExecute(state: BigIntStats = statSync(path, { bigint: true })): boolean {
  try {
    checkAccess(path, constants.X_OK, state);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "EACCES" });
    return false;
  }
}

describe("a right that was granted", () => {
  test("is gone when it is taken away", () => {
    expect(mayExecute()).toBe(true);
    chmodSync(path, 0o644);
    expect(mayExecute()).toBe(false);
  });

  test("comes back when it is given back", () => {
    chmodSync(path, 0o644);
    expect(mayExecute()).toBe(false);
    chmodSync(path, 0o755);
    expect(mayExecute()).toBe(true);
  });

  test("says nothing of another file at the path", () => {
    expect(mayExecute()).toBe(true);
    rmSync(path);
    writeFileSync(path, "");
    expect(mayExecute()).toBe(false);
  });

  test("says nothing of another right", () => {
    chmodSync(path, 0o644);
    checkAccess(path, constants.R_OK, statSync(path, { bigint: true }));
    expect(mayExecute()).toBe(false);
  });

  test("is not asked for again while the file is as it was", () => {
    const state = statSync(path, { bigint: true });
    expect(mayExecute(state)).toBe(true);
    rmSync(path);
    expect(mayExecute(state)).toBe(true);
    writeFileSync(path, "");
  });
});
