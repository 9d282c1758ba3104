import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeStoreRig, type StoreRig } from "../../../../test/store/rig.js";
import { RuncacheError } from "../types/errors.js";
import { exportOutputs } from "./export.js";

let rig: StoreRig;
let from: string;

beforeEach(async () => {
  rig = await makeStoreRig();
  ({ dir: from } = await rig.store({ "out.txt": "content" }));
});

afterEach(() => rig[Symbol.asyncDispose]());

describe("an export that fails says what to do", () => {
  const failure = async (to: string): Promise<RuncacheError> => {
    const error: unknown = await exportOutputs(from, to).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(RuncacheError);
    expect((error as RuncacheError).cause).toBeInstanceOf(Error);
    return error as RuncacheError;
  };

  test("where an output's name is taken, which is not overwritten", async () => {
    const to = rig.temp.path;
    writeFileSync(join(to, "out.txt"), "mine");
    const error = await failure(to);
    expect(error).toMatchObject({ code: "ERR_RUNCACHE_EXPORT_EXISTS", facts: { path: join(to, "out.txt") } });
    expect(error.message).toMatch(/out\.txt is there already.*remove it, or export to another directory/);
    expect(readFileSync(join(to, "out.txt"), "utf8")).toBe("mine");
  });

  test("where the directory is a file, or lies below one", async () => {
    const file = rig.temp.join("a-file");
    writeFileSync(file, "mine");
    expect(await failure(file)).toMatchObject({ code: "ERR_RUNCACHE_EXPORT_EXISTS", facts: { path: file } });
    const below = await failure(join(file, "sub/dir"));
    expect(below.code).toBe("ERR_RUNCACHE_EXPORT");
    expect(below.message).toMatch(/below a file.*name a directory/);
    expect(readFileSync(file, "utf8")).toBe("mine");
  });

  test("where no such directory can be made", async () => {
    const error = await failure(rig.temp.join("x".repeat(256)));
    expect(error.code).toBe("ERR_RUNCACHE_EXPORT");
    expect(error.message).toMatch(/name a directory that you may write/);
  });

  test("where the entry was pruned", async () => {
    rmSync(from, { recursive: true });
    const error = await failure(rig.temp.join("to"));
    expect(error.code).toBe("ERR_RUNCACHE_EXPORT_GONE");
    expect(error.message).toMatch(/run the call again/);
  });
});
