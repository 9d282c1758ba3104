import { execFileSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { createGzip, gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tempDir, type TempDir } from "../../../../test/kit/temp-dir.js";
import { writeNewFile } from "./write-new-file.js";

describe("writeNewFile", () => {
  let temp: TempDir;
  beforeEach(async () => {
    temp = await tempDir("new-file");
  });
  afterEach(() => temp[Symbol.asyncDispose]());

  test("writes what its stages give", async () => {
    await writeNewFile(temp.join("a"), [Readable.from(["one", "two"])], { mode: 0o600 });
    await writeNewFile(temp.join("b"), [Readable.from(["three"]), createGzip()], { flush: true });
    expect(readFileSync(temp.join("a"), "utf8")).toBe("onetwo");
    expect(statSync(temp.join("a")).mode & 0o777).toBe(0o600);
    expect(gunzipSync(readFileSync(temp.join("b"))).toString()).toBe("three");
  });

  test("leaves a file alone that is there", async () => {
    writeFileSync(temp.join("a"), "old");
    await expect(writeNewFile(temp.join("a"), [Readable.from(["new"])])).rejects.toMatchObject({ code: "EEXIST" });
    expect(readFileSync(temp.join("a"), "utf8")).toBe("old");
  });

  test.each([
    ["a signal", () => new Readable({ read: () => undefined }), true],
    ["its source", () => new Readable().destroy(new Error("no source")), false],
  ])("makes no file once it has rejected because of %s", async (_, source, aborts) => {
    const opening = holdThreads(temp.join("fifo"));
    const controller = new AbortController();
    const written = writeNewFile(temp.join("a"), [source()], { signal: controller.signal });
    const wasThere = written.then(
      () => "resolved",
      () => existsSync(temp.join("a")),
    );
    await setImmediate();
    if (aborts) controller.abort();
    for (let turn = 0; turn < 100; turn++) await setImmediate(); // it could reject now
    await opening.release();
    expect(await wasThere).toBe(existsSync(temp.join("a")));
  });
});

/** Lets every thread that opens files wait in an `open` of the FIFO `path`, host path, until it is released. */
function holdThreads(path: string) {
  execFileSync("mkfifo", [path]);
  const opened = Array.from({ length: 16 }, () => open(path, "r"));
  return {
    release: async () => {
      const writer = openSync(path, "r+");
      for (const file of await Promise.all(opened)) await file.close();
      closeSync(writer);
    },
  };
}
