import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findExecutable } from "./find-executable.js";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "runcache-find-"));
  for (const bin of ["one", "two"]) mkdirSync(join(dir, bin));
  program("one", "both");
  program("two", "both");
  program("two", "second");
  writeFileSync(join(dir, "one", "second"), "not executable");
  writeFileSync(join(dir, "one", "plain"), "not executable");
  mkdirSync(join(dir, "one", "directory"));
  symlinkSync("both", join(dir, "one", "link"));
  symlinkSync("loop", join(dir, "one", "loop"));
});
afterAll(() => rmSync(dir, { recursive: true }));

function program(bin: string, name: string): void {
  writeFileSync(join(dir, bin, name), "#!/bin/sh\n");
  chmodSync(join(dir, bin, name), 0o755);
}

describe("findExecutable", () => {
  const find = (name: string, path = "one:two"): unknown => findExecutable(name, path, dir);

  it("finds the first of a name on PATH, whose relative parts begin at the working directory", () => {
    expect(find("both")).toMatchObject({ status: "found", path: join(dir, "one", "both") });
    expect(find("both", `/nonexistent:${join(dir, "two")}`)).toMatchObject({
      status: "found",
      path: join(dir, "two", "both"),
    });
  });

  it("goes past a file that cannot be executed, as execvp does", () => {
    expect(find("second")).toMatchObject({ status: "found", path: join(dir, "two", "second") });
  });

  it("follows links", () => {
    expect(find("link")).toMatchObject({ status: "found", path: join(dir, "one", "link") });
  });

  it("takes a name with a slash relative to the working directory, not from PATH", () => {
    expect(find("./one/both", "")).toMatchObject({ status: "found", path: join(dir, "one", "both") });
    expect(find("./both")).toEqual({ status: "not-found" });
    expect(find(join(dir, "two", "both"), "")).toMatchObject({ status: "found", path: join(dir, "two", "both") });
  });

  it("looks in the working directory for an empty part of PATH", () => {
    expect(findExecutable("both", ":/nonexistent", join(dir, "one"))).toMatchObject({
      status: "found",
      path: join(dir, "one", "both"),
    });
  });

  it("looks in the system's places where PATH is not set", () => {
    expect(findExecutable("sh", undefined, dir)).toMatchObject({ status: "found", path: "/bin/sh" });
  });

  it.each(["plain", "directory"])("says that %s is there and cannot be executed", (name) => {
    expect(find(name)).toEqual({ status: "not-executable", path: join(dir, "one", name) });
  });

  it.each(["missing", "", "loop", "x".repeat(300), "one/both/below"])("does not find %j", (name) => {
    expect(find(name)).toEqual({ status: "not-found" });
  });
});
