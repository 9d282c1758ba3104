import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import { errorName, isForbidden, isGone, isSystemError, type SystemError } from "./system-error.js";

const failure = (code: string, errno = -1): Error =>
  Object.assign(new Error(code), { code, errno, syscall: "open", path: "/x" });

describe("errors of system calls", () => {
  test("are told from those of programs", () => {
    expect(isSystemError(caught(() => readFileSync("/nowhere/at/all")))).toBe(true);
    expect(isSystemError(new TypeError("x"))).toBe(false);
    expect(isSystemError("ENOENT")).toBe(false);
  });

  test.each(["ENOENT", "ENOTDIR"])("%s means gone", (code) => {
    expect(isGone(failure(code))).toBe(true);
  });

  test("a stale handle means gone, by its number: Node has no name for it", () => {
    expect(isGone(failure("Unknown system error -116", -constants.errno.ESTALE))).toBe(true);
    expect(isGone(failure("EIO", -constants.errno.EIO))).toBe(false);
  });

  test("have names, also those that Node does not know", () => {
    expect(errorName(failure("Unknown system error -122", -constants.errno.EDQUOT) as SystemError)).toBe("EDQUOT");
    expect(errorName(failure("EIO", -constants.errno.EIO) as SystemError)).toBe("EIO");
    expect(errorName(failure("UNKNOWN", -4094) as SystemError)).toBe("UNKNOWN");
  });

  test.each(["EACCES", "EPERM", "EROFS"])("%s means forbidden", (code) => {
    expect(isForbidden(failure(code))).toBe(true);
    expect(isForbidden(failure("EIO"))).toBe(false);
  });
});

function caught(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
