import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyOf, makeFacts } from "../../../../test/store/rig.js";
import { selectHasher } from "../hashing/select-hasher.js";
import { makeDigest } from "../types/brand.js";
import { decodeManifest, encodeManifest } from "./manifest-codec.js";
import type { Manifest } from "./manifest.js";

const digest = makeDigest("b3", "cd".repeat(32));
const { metadata, ...facts } = makeFacts();
const MANIFEST: Manifest = {
  ...facts,
  layout: 1,
  nonce: "0".repeat(32),
  names: { "out.txt": true, "größe.txt": false },
  outputs: [
    { kind: "dir", path: "sub" },
    { kind: "file", path: "sub/out.txt", sizeBytes: 4, mode: 0o400, mtimeNs: "1735689600123456789", digest },
    { kind: "link", path: "link", target: "sub/out.txt" },
  ],
  stdout: { sizeBytes: 3, digest, inline: "b3V0", members: [] },
  stderr: { sizeBytes: 5000, digest, inline: null, members: [100, 7] },
  startedAt: "2025-01-01T00:00:00.000Z",
  finishedAt: "2025-01-01T00:00:02.000Z",
  usage: { userMs: 1.5, systemMs: 0 },
  user: null,
  host: "node-1",
  tool: metadata,
  versions: { runcache: "1.0.0" },
  parents: [keyOf("parent")],
};

const bytes = encodeManifest(MANIFEST);

/** A manifest of any content that vouches for itself. */
function sealed(value: unknown): Buffer {
  const rest = Buffer.from(`${JSON.stringify(value).slice(1)}\n`);
  return Buffer.from(`{"digest":"${selectHasher().hash(rest).slice("b3:".length)}",${rest.toString()}`);
}

describe("the bytes of a manifest", () => {
  test("begin with the digest of all bytes that follow", () => {
    const text = bytes.toString();
    expect(text).toMatch(/^\{"digest":"[0-9a-f]{64}",/);
    expect(JSON.parse(text)).toMatchObject({ key: MANIFEST.key, layout: 1 });
    expect(sealed(MANIFEST)).toEqual(bytes);
  });

  test("give the manifest back", () => {
    const decoded = decodeManifest(bytes);
    expect(decoded).toMatchObject({ status: "ok", manifest: MANIFEST });
  });

  test("that were changed anywhere, cut off or added to are no manifest", () => {
    const change = fc.record({
      position: fc.nat(bytes.length - 1),
      removed: fc.nat(8),
      added: fc.uint8Array({ maxLength: 8 }),
    });
    fc.assert(
      fc.property(change, ({ position, removed, added }) => {
        const changed = Buffer.concat([bytes.subarray(0, position), added, bytes.subarray(position + removed)]);
        fc.pre(!changed.equals(bytes));
        expect(decodeManifest(changed).status).toBe("corrupt");
      }),
    );
  });

  test.each([
    ["none", Buffer.alloc(0)],
    ["NUL", Buffer.alloc(bytes.length)],
    ["another JSON", Buffer.from("{}")],
    ["no JSON behind a right digest", sealed("x")],
  ])("may be %s, and are no manifest then", (_, some) => {
    expect(decodeManifest(some).status).toBe("corrupt");
  });
});

describe("a manifest of another version", () => {
  test.each([
    ["layout", { ...MANIFEST, layout: 2 }],
    ["layout, with other fields", { layout: 2, something: "else" }],
    ["key", { ...MANIFEST, parts: { ...MANIFEST.parts, v: 2 } }],
  ])("of the %s is told from a damaged one", (_, value) => {
    expect(decodeManifest(sealed(value)).status).toBe("unknown-version");
  });
});

/** One way to spoil a manifest that vouches for itself: others may make entries, in a shared cache or a remote. */
const SPOILT: readonly [string, Record<string, unknown>][] = [
  ...["../x", "/x", "a//b", "a/./b", "a/../b", "a/", "", "a\0b", ".runcache", ".runcache/pin", "."].map(
    (path): [string, Record<string, unknown>] => [
      `a path ${JSON.stringify(path)}`,
      { outputs: [{ kind: "dir", path }] },
    ],
  ),
  ["no outputs", { outputs: undefined }],
  ["an unknown kind", { outputs: [{ kind: "fifo", path: "a" }] }],
  ["a negative size", { outputs: [{ ...MANIFEST.outputs[1], sizeBytes: -1 }] }],
  ["a setuid mode", { outputs: [{ ...MANIFEST.outputs[1], mode: 0o4755 }] }],
  ["a time that is no number", { outputs: [{ ...MANIFEST.outputs[1], mtimeNs: "now" }] }],
  ["a digest that is none", { outputs: [{ ...MANIFEST.outputs[1], digest: "b3:12" }] }],
  ["a link to nowhere", { outputs: [{ kind: "link", path: "a", target: "" }] }],
  ["a key that is none", { key: "../../etc" }],
  ["key parts that are none", { parts: { v: 1 } }],
  ["a stream without bytes", { stdout: { sizeBytes: 1, digest, inline: null, members: [] } }],
  ["a stream in two places", { stdout: { sizeBytes: 1, digest, inline: "", members: [1] } }],
  ["a time that is none", { startedAt: "yesterday" }],
  ["a duration that is none", { durationMs: null }],
  ["an exit code that is none", { exitCode: "0" }],
  ["a parent that is none", { parents: ["x"] }],
  ["names that are no list", { names: null }],
  ["a tool without a name", { tool: { id: "1" } }],
  ["an input that is no index", { networkInputs: [-1] }],
];

test.each(SPOILT)("a manifest with %s is damaged, whoever vouches for it", (_, change) => {
  expect(decodeManifest(sealed(MANIFEST)).status).toBe("ok");
  expect(decodeManifest(sealed({ ...MANIFEST, ...change })).status).toBe("corrupt");
});

test("any JSON in any field is decoded or refused, never thrown", () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(MANIFEST)), fc.jsonValue(), (field, value) => {
      expect(["ok", "corrupt", "unknown-version"]).toContain(
        decodeManifest(sealed({ ...MANIFEST, [field]: value })).status,
      );
    }),
  );
});
