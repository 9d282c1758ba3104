import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { References } from "./references.js";
import type { RegisteredInput } from "./registered-input.js";

function references(...toolPaths: string[]): References {
  return new References(
    toolPaths.map((toolPath): RegisteredInput => ({
      given: toolPath,
      hostPath: toolPath,
      toolPath,
      resolveParent: false,
      mutable: false,
    })),
  );
}

describe("References", () => {
  it("leaves an argument without an input path as it is", () => {
    expect(references("/data/a").split("-s")).toBe("-s");
    expect(references("/data/a").split("")).toBe("");
  });

  it("replaces an input path, alone and inside an argument", () => {
    expect(references("/data/a").split("/data/a")).toEqual([{ $input: 0 }]);
    expect(references("/data/a").split("--topup=/data/a,1")).toEqual(["--topup=", { $input: 0 }, ",1"]);
  });

  it("takes the longest path where one begins another", () => {
    expect(references("/data/a", "/data/a.json").split("/data/a.json:/data/a")).toEqual([
      { $input: 1 },
      ":",
      { $input: 0 },
    ]);
  });

  it("refers to the first registration of a path", () => {
    expect(references("/data/a", "/data/a").split("/data/a")).toEqual([{ $input: 0 }]);
  });

  it("tells every two arguments apart that differ in more than where the inputs lie", () => {
    const word = fc.stringMatching(/^[ab/=]{0,8}$/);
    fc.assert(
      fc.property(word, word, (one, two) => {
        const split = references("/a", "/ab");
        fc.pre(one !== two);
        expect(JSON.stringify(split.split(one))).not.toBe(JSON.stringify(split.split(two)));
      }),
    );
  });
});
