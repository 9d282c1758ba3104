import fc from "fast-check";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { requireOrSkip } from "../../../../test/kit/skips.js";
import { loadBlake3Native } from "./blake3-native.js";
import { blake3Wasm } from "./blake3-wasm.js";
import type { Blake3Hasher } from "./hasher.js";
import { chooseHasher, deriveKeyDigest, hashText, selectHasher } from "./select-hasher.js";

const ABC = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85";

describe("choosing the hasher", () => {
  test("one hasher is chosen for the whole process", () => {
    expect(selectHasher()).toBe(selectHasher());
  });

  test("without the native module everything is hashed in WebAssembly", () => {
    const missing = (): never => {
      throw new Error("Cannot find module '@napi-rs/blake-hash'");
    };
    expect(chooseHasher(() => loadBlake3Native(missing))).toBe(blake3Wasm);
  });

  test("a native module that gives wrong digests is not used", () => {
    const wrong: Blake3Hasher = { ...blake3Wasm, hash: () => blake3Wasm.hash(Buffer.from("wrong")) };
    expect(chooseHasher(() => wrong)).toBe(blake3Wasm);
  });

  test("text is hashed as UTF-8", () => {
    expect(hashText("abc")).toBe(ABC);
    expect(`b3:${hashText("ö")}`).toBe(blake3Wasm.hash(Uint8Array.of(0xc3, 0xb6)));
  });

  test("digests under a context differ from plain ones and between contexts", () => {
    const value = Buffer.from("abc");
    const digests = new Set([deriveKeyDigest("one", value), deriveKeyDigest("two", value), blake3Wasm.hash(value)]);
    expect(digests.size).toBe(3);
  });
});

const noNative = requireOrSkip("native BLAKE3", () => {
  return chooseHasher(loadBlake3Native) === blake3Wasm ? "@napi-rs/blake-hash has no build for this platform" : null;
});

describe.each([
  { name: "blake3-wasm", hasher: blake3Wasm, skip: false },
  { name: "the native module", hasher: chooseHasher(loadBlake3Native), skip: noNative },
])("BLAKE3 by $name", ({ hasher, skip }) => {
  test.skipIf(skip)("gives the published vectors", () => {
    expect(hasher.hash(Buffer.from("abc"))).toBe(`b3:${ABC}`);
    expect(hasher.hash(countingBytes(31744))).toBe(
      "b3:62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47",
    );
    expect(hasher.deriveKey("BLAKE3 2019-12-27 16:29:52 test vectors context", countingBytes(1024))).toBe(
      "7356cd7720d5b66b6d0697eb3177d9f8d73a4a5c5e968896eb6a689684302706",
    );
  });

  test.skipIf(skip)("gives the same digest for any cutting of the bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 5000 })), (pieces) => {
        const state = hasher.create();
        for (const piece of pieces) state.update(piece);
        expect(`b3:${state.hexdigest()}`).toBe(blake3Wasm.hash(Buffer.concat(pieces)));
      }),
    );
  });

  test.skipIf(skip)("hashes buffers larger than a piece", () => {
    const bytes = countingBytes(1_000_003);
    expect(hasher.hash(bytes)).toBe("b3:cd5a3272e01b1a2f47bb4565d8d202db0f95704d32550a2da61a0fd363d4c90d");
  });
});

test("WebAssembly memory does not grow with the number or the size of what is hashed", () => {
  const require = createRequire(createRequire(import.meta.url).resolve("blake3-wasm"));
  const wasm = (require("./wasm/nodejs/blake3_js") as { __wasm: { memory: { buffer: ArrayBuffer } } }).__wasm;
  const large = Buffer.alloc(8 << 20);
  const work = (): void => {
    blake3Wasm.hash(large);
    blake3Wasm.create().dispose?.();
    blake3Wasm.deriveKey("context", Buffer.alloc(10));
  };
  work();
  const before = wasm.memory.buffer.byteLength;
  for (let round = 0; round < 500; round++) {
    blake3Wasm.create().dispose?.();
    blake3Wasm.deriveKey("context", Buffer.alloc(10));
  }
  work();
  expect(wasm.memory.buffer.byteLength).toBe(before);
  expect(before).toBeLessThan(large.length);
});

/** The input of the published vectors: 0, 1, …, 250, 0, … */
function countingBytes(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => index % 251));
}
