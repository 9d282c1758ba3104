import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blake3Wasm } from "../blake3-wasm.js";
import type { FileDigest } from "../file-digest.js";
import { FileBatch } from "./file-batch.js";

const OPTIONS = { limitBytes: Infinity, noFollow: true, wasm: false };

const anyDigest: fc.Arbitrary<FileDigest> = fc.record({
  digest: fc.string().map((content) => blake3Wasm.hash(Buffer.from(content))),
  fingerprint: fc.record({
    dev: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    ino: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    sizeBytes: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
    mtimeNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    ctimeNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    kind: fc.constant(0o100000n),
  }),
  executable: fc.boolean(),
});

describe("a batch of files", () => {
  test("carries digests from thread to thread as they are", () => {
    fc.assert(
      fc.property(fc.array(fc.option(anyDigest), { minLength: 1, maxLength: 5 }), (digests) => {
        const batch = FileBatch.of(
          digests.map((_, index) => `/${index}`),
          OPTIONS,
        );
        const worker = new FileBatch(batch.data);
        digests.forEach((digest, index) => worker.put(index, digest));
        expect(digests.map((_, index) => batch.get(index))).toEqual(digests);
      }),
    );
  });

  test("gives every file to one thread, and none once it was cancelled", () => {
    const one = FileBatch.of(["/a", "/b", "/c", "/d"], OPTIONS);
    const other = new FileBatch(one.data);
    expect([one.take(), other.take(), one.take()]).toEqual([0, 1, 2]);
    other.cancel();
    expect([one.take(), other.take()]).toEqual([null, null]);
  });

  test("keeps paths that are not valid UTF-8", () => {
    const path = Buffer.from([0x2f, 0xff, 0xfe]);
    const { data } = FileBatch.of([path], OPTIONS);
    const arrived = new FileBatch({ ...data, paths: structuredClone(data.paths) });
    expect(arrived.path(0)).toEqual(path);
  });

  test("does not say why a file failed: the caller finds out", () => {
    const batch = FileBatch.of(["/a", "/b"], OPTIONS);
    batch.put(0, "failed");
    expect([batch.get(0), batch.get(1)]).toEqual([undefined, undefined]);
  });

  test("is not waited for in vain, where the thread that took a file shows no sign of life", () => {
    const batch = FileBatch.of(["/a", "/b"], OPTIONS);
    batch.put(0, null);
    batch.wait([0], 60_000);
    batch.wait([0, 1], 1);
    expect(batch.get(1)).toBeUndefined();
  });
});
