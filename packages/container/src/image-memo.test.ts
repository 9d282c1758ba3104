import { expect, test, vi } from "vitest";
import type { ResolvedImage } from "./engine.js";
import { ImageMemo } from "./image-memo.js";

function image(name: string, identity = "config:1"): ResolvedImage {
  return { name, identity, platform: null, reference: identity };
}

test("a burst of questions is one question, until the answer is old", () => {
  let nowMs = 0;
  const memo = new ImageMemo(5_000, () => nowMs);
  const resolve = vi.fn((name: string) => image(name));
  memo.get("a", resolve);
  nowMs = 4_999;
  memo.get("a", resolve);
  memo.get("b", resolve);
  expect(resolve.mock.calls).toEqual([["a"], ["b"]]);
  nowMs = 5_000;
  memo.get("a", resolve);
  expect(resolve).toHaveBeenCalledTimes(3);
});

test("a failure is not remembered", () => {
  const memo = new ImageMemo(5_000, () => 0);
  const resolve = vi.fn<(name: string) => ResolvedImage>();
  resolve.mockImplementationOnce(() => {
    throw new Error("daemon down");
  });
  resolve.mockImplementationOnce(image);
  expect(() => memo.get("a", resolve)).toThrow("daemon down");
  expect(memo.get("a", resolve)).toEqual(image("a"));
});

test("what a run found out is known from then on", () => {
  const memo = new ImageMemo(5_000, () => 0);
  memo.set(image("a", "config:2"));
  expect(memo.get("a", (name) => image(name)).identity).toBe("config:2");
});
