import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeNul, decodeNulInJson, encodeNul, encodeNulInJson } from "./nul-free.js";

/** Texts that are full of what matters here. */
const texts = fc.string({ unit: fc.constantFrom("\u0000", "\u0001", "\u0002", "\\", "u", "0", "1", "a", '"', "é") });

test("A text without U+0000 is stored, and comes back.", () => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(encodeNul(text)).not.toContain("\u0000");
      expect(decodeNul(encodeNul(text))).toBe(text);
    }),
  );
});

test("Stored texts are ordered as the texts are.", () => {
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      expect(encodeNul(one) < encodeNul(other)).toBe(one < other);
    }),
  );
});

test("Stored JSON holds the stored texts, and comes back to the letter.", () => {
  fc.assert(
    fc.property(texts, texts, (key, text) => {
      const json = JSON.stringify({ [key]: [text] });
      expect(JSON.parse(encodeNulInJson(json))).toEqual({ [encodeNul(key)]: [encodeNul(text)] });
      expect(decodeNulInJson(encodeNulInJson(json))).toBe(json);
    }),
  );
});
