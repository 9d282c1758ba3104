import { describe, expect, it } from "vitest";
import { checkEnviron } from "./environ.js";

describe("checkEnviron", () => {
  it("copies what is set, odd names and empty values too", () => {
    const given = { A: "1", EMPTY: "", "odd.name%%": "() { :; }", UNSET: undefined };
    const environ = checkEnviron(given);
    given.A = "changed later";
    expect(environ).toEqual({ A: "1", EMPTY: "", "odd.name%%": "() { :; }" });
  });

  it.each([
    ["an empty name", { "": "1" }],
    ["a name with an equals sign", { "A=B": "1" }],
    ["a name with a NUL", { "A\0": "1" }],
    ["a value with a NUL", { A: "1\0" }],
    ["a number", { A: 1 as unknown as string }],
  ])("refuses %s", (_, environ) => {
    expect(() => checkEnviron(environ)).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_ENVIRON" }));
  });
});
