import fc from "fast-check";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { declareOutputs, entryPathOf } from "./declared-outputs.js";

const names = (...given: string[]) => declareOutputs("/home/me/project", given).map(({ entryName }) => entryName);
const places = (...given: string[]) => declareOutputs("/home/me/project", given).map(({ place }) => place);

describe("declared outputs", () => {
  test("keep their names where they lie in the working directory", () => {
    expect(names("out.txt", "./b/../c/d.txt", "/home/me/project/e")).toEqual(["e", "c/d.txt", "out.txt"]);
  });

  test("elsewhere get a directory of their own", () => {
    expect(names("../x", "/tmp/x", ".outside/0/x", ".runcache")).toEqual([
      ".outside/0/x",
      ".outside/1/x",
      ".outside/2/.runcache",
      ".outside/3/x",
    ]);
  });

  test("are in the key as they lie relative to the working directory, or as absolute paths", () => {
    expect(places("./a", "../b", "/tmp/../tmp/c")).toEqual(["../b", "/tmp/c", "a"]);
  });

  test("that lie in another one are part of it, and twice the same is once", () => {
    expect(names("dir/a", "dir", "dir/", "dirt", "dir/b/c")).toEqual(["dir", "dirt"]);
  });

  test.each(["", ".", "..", "/", "/home", "x/.."])("cannot be %j", (given) => {
    expect(() => declareOutputs("/home/me/project", [given])).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_OUTPUT_PATH" }),
    );
  });
});

const part = fc.oneof(
  fc.constantFrom("..", ".", "a", "b", ".outside", ".runcache", "0"),
  fc.stringMatching(/^[a-z ]{1,3}$/),
);
const path = fc
  .tuple(fc.boolean(), fc.array(part, { minLength: 1, maxLength: 4 }))
  .map(([absolute, parts]) => (absolute ? "/" : "") + parts.join("/"))
  .filter((given) => !"/home/me/project".startsWith(resolve("/home/me/project", given)));

test("no two outputs ever meet in an entry, and every path in them is found there", () => {
  fc.assert(
    fc.property(fc.array(path, { maxLength: 6 }), (given) => {
      const outputs = declareOutputs("/home/me/project", given);
      for (const { entryName, hostPath } of outputs) {
        expect(entryName).not.toMatch(/^(?:\/|\.\.(?:\/|$)|\.runcache(?:\/|$))/);
        const others = outputs.filter((other) => other.hostPath !== hostPath).map((other) => `${other.entryName}/`);
        expect(others.some((other) => other.startsWith(`${entryName}/`))).toBe(false);
        expect(entryPathOf(outputs, join(hostPath, "deep"))).toBe(join(entryName, "deep"));
      }
    }),
  );
});
