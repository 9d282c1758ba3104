import { describe, expect, it } from "vitest";
import { bypass, enabled, isBypassed } from "./scope.js";

describe("scopes", () => {
  it("hold inside their callback only", () => {
    expect([isBypassed(), bypass(isBypassed), isBypassed()]).toEqual([false, true, false]);
  });

  it("nest: the innermost counts", () => {
    expect(bypass(() => [isBypassed(), enabled(isBypassed), isBypassed()])).toEqual([true, false, true]);
    expect(enabled(() => bypass(isBypassed))).toBe(true);
  });

  it("follow their callback through awaits and reach no other async context", async () => {
    const outside = Promise.resolve().then(isBypassed);
    const inside = bypass(async () => {
      await Promise.resolve();
      return isBypassed();
    });
    expect(await Promise.all([outside, inside])).toEqual([false, true]);
  });

  it("end where the callback throws", () => {
    expect(() =>
      bypass(() => {
        throw new Error("x");
      }),
    ).toThrow("x");
    expect(isBypassed()).toBe(false);
  });
});
