import { expect, test } from "vitest";
import { parseAxisText } from "./grid-text.js";

test.each<readonly [string, readonly [string, readonly unknown[]]]>([
  ["dt=0.1,0.01", ["dt", [0.1, 0.01]]],
  ["n = -1 , 2e3", ["n", [-1, 2000]]],
  ['method=rk4,\'a, b\',"4",""', ["method", ["rk4", "a, b", "4", ""]]],
  ["on=true,false,null", ["on", [true, false, null]]],
  ["a b.c=1", ["a b.c", [1]]],
])("%s", (text, axis) => {
  expect(parseAxisText(text)).toEqual(axis);
});

test.each([
  ["dt", "write NAME=VALUE"],
  ["=1", "write NAME=VALUE"],
  ["dt=", "a value is missing"],
  ["dt=1,", "a value is missing"],
  ["dt=,1", "a value is missing"],
  ["dt=1 2", "after 1 comes a comma"],
  ["dt=1=2", "after 1 comes a comma"],
  ["dt=a'b'", "as a whole"],
  ["m='a", "never closed"],
  ["on=True", "write true"],
])("refuses %j", (text, words) => {
  expect(() => parseAxisText(text)).toThrow(
    expect.objectContaining({ code: "ERR_RUNCACHE_GRID", message: expect.stringContaining(words) as string }),
  );
});
