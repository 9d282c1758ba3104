import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyName } from "./copy-name.js";

describe("copyName", () => {
  it("is the name itself where nobody has it", () => {
    expect(copyName("a.nii.gz", false, new Set())).toBe("a.nii.gz");
  });

  it.each([
    ["a.nii", "a_1.nii"],
    ["a.nii.gz", "a_1.nii.gz"],
    ["a.tar.bz2", "a_1.tar.bz2"],
    ["v1.2.csv", "v1.2_1.csv"],
    ["scan.gz", "scan_1.gz"],
    ["README", "README_1"],
    [".profile", ".profile_1"],
    ["trailing.", "trailing_1."],
  ])("makes %s, where it is taken, %s", (name, second) => {
    expect(copyName(name, false, new Set([name]))).toBe(second);
  });

  it("takes a directory's name as a whole", () => {
    expect(copyName("subject.01", true, new Set(["subject.01"]))).toBe("subject.01_1");
  });

  it("counts on until a name is free", () => {
    expect(copyName("a.txt", false, new Set(["a.txt", "a_1.txt", "a_2.txt"]))).toBe("a_3.txt");
  });

  it("gives every file a name of its own", () => {
    const name = fc.stringMatching(/^[ab.]{1,4}(\.gz)?$/);
    fc.assert(
      fc.property(fc.array(name, { maxLength: 20 }), (names) => {
        const taken = new Set<string>();
        for (const each of names) taken.add(copyName(each, false, taken));
        expect(taken.size).toBe(names.length);
      }),
    );
  });
});
