import { constants, tmpdir } from "node:os";
import { expect, test } from "vitest";
import { explainStorageError } from "./free-space.js";
import type { SystemError } from "./system-error.js";

const failure = (code: "ENOSPC" | "EDQUOT" | "EIO"): SystemError =>
  Object.assign(new Error(`${code}: write`), { code, errno: -constants.errno[code], syscall: "write" });

test("a full disk says how much is free, of space and of inodes", () => {
  expect(explainStorageError(failure("ENOSPC"), tmpdir())).toMatch(/^ENOSPC: write \(\d+ MiB free, \d+ inodes free\)$/);
});

test("a quota is named, which Node does not do", () => {
  const unnamed = Object.assign(failure("EDQUOT"), { code: "Unknown system error -122" });
  expect(explainStorageError(unnamed, tmpdir())).toBe("EDQUOT: write (the user's quota is used up)");
  expect(explainStorageError(failure("EDQUOT"), tmpdir())).toBe("EDQUOT: write (the user's quota is used up)");
});

test("other trouble speaks for itself", () => {
  expect(explainStorageError(failure("EIO"), tmpdir())).toBe("EIO: write");
});
