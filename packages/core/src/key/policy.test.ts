import { describe, expect, test } from "vitest";
import { blake3Wasm } from "../hashing/blake3-wasm.js";
import type { Hasher } from "../hashing/hasher.js";
import type { Digest } from "../types/brand.js";
import { trustTag } from "./image-tag.js";
import { resolvePolicy } from "./policy.js";

const METADATA = { id: "1", package: "demo", name: "blur", container_image_tag: "demo/blur:1.2" };

describe("a resolved policy", () => {
  test("has every option decided, and cannot be changed", () => {
    const policy = resolvePolicy();
    expect(policy).toMatchObject({
      envAllowlist: [],
      bypassTools: new Set(),
      extra: {},
      inputNames: "include",
      verify: "stat",
      durability: "safe",
      guards: "check",
      missingOutputs: "allow",
      hasher: { id: "b3" },
    });
    expect(Object.isFrozen(policy)).toBe(true);
  });

  test("sorts environment names by code unit and names each once", () => {
    expect(resolvePolicy({ envAllowlist: ["b", "a", "Z", "é", "a"] }).envAllowlist).toEqual(["Z", "a", "b", "é"]);
  });

  test("refuses a tag by default, with both ways out; trustTag takes it for the image", () => {
    const refuse = (): string => resolvePolicy().imageDigest("demo/blur:1.2", METADATA);
    expect(refuse).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_IMAGE_UNRESOLVED" }));
    expect(refuse).toThrow(/demo\/blur:1\.2 of demo\/blur .*policy\.imageDigest .*trustTag/);
    expect(resolvePolicy({ imageDigest: trustTag }).imageDigest("demo/blur:1.2", METADATA)).toBe("tag:demo/blur:1.2");
  });

  test("leaves the ignored parameters of a tool out, and no others", () => {
    const policy = resolvePolicy({ ignoreParams: { "demo/blur": ["nthreads", "verbose"] } });
    const params = { sigma: 1, nthreads: 8, nested: { nthreads: 2 } };
    expect(policy.withoutIgnoredParams("demo/blur", params)).toEqual({ sigma: 1, nested: { nthreads: 2 } });
    expect(policy.withoutIgnoredParams("demo/other", params)).toBe(params);
    expect(policy.ignoredParams("demo/blur")).toEqual(["nthreads", "verbose"]);
    expect(params.nthreads).toBe(8);
  });

  test("hides nothing by leaving parameters out that has no canonical form", () => {
    class Params {
      nthreads = 1;
    }
    const policy = resolvePolicy({ ignoreParams: { "demo/blur": ["nthreads"] } });
    expect(policy.withoutIgnoredParams("demo/blur", new Params())).toBeInstanceOf(Params);
  });

  test("takes a hasher that has an id", () => {
    const hasher = custom("xx");
    expect(resolvePolicy({ hasher }).hasher).toBe(hasher);
    expect(resolvePolicy({ hasher: blake3Wasm }).hasher).toBe(blake3Wasm);
  });
});

describe("a wrong policy is refused", () => {
  test.each<[string, string]>([
    ["envAllowList", 'policy has no option "envAllowList"; did you mean envAllowlist?'],
    ["inputName", "did you mean inputNames?"],
    ["colour", "known are imageDigest, envAllowlist, "],
  ])("option %s", (option, message) => {
    const resolve = (): unknown => resolvePolicy({ [option]: [] });
    expect(resolve).toThrow(message);
    expect(resolve).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_UNKNOWN_OPTION" }));
  });

  test.each<[string, unknown, string]>([
    ["verify", "digets", 'policy.verify must be one of "stat", "digest"; did you mean "digest"?; it is "digets"'],
    ["durability", true, 'policy.durability must be one of "safe", "full", "none"; it is boolean'],
    ["envAllowlist", "HOME", 'policy.envAllowlist must be an array of variables; it is "HOME"'],
    ["envAllowlist", ["A=B"], 'must hold variables only (OMP_NUM_THREADS); it is "A=B"'],
    ["envAllowlist", [1], "it is number"],
    ["bypassTools", ["blur"], 'policy.bypassTools must hold tools only (package/name); it is "blur"'],
    ["ignoreParams", ["nthreads"], 'must be an object like { "package/name": ["parameter"] }'],
    ["ignoreParams", { blur: [] }, "must hold tools only"],
    ["ignoreParams", { "demo/blur": "n" }, 'policy.ignoreParams["demo/blur"] must be an array of parameters'],
    ["imageDigest", "sha256:1", "policy.imageDigest must be a function"],
    ["hasher", { ...blake3Wasm, id: "B3!" }, "must have an id of lower-case letters, digits and dashes"],
    ["hasher", 1, "must have an id"],
    ["hasher", { ...custom("xx"), hash: () => "yy:00" }, 'must give "xx:<hex>" from hash()'],
    ["hasher", custom("b3"), "must not call itself b3, which is BLAKE3"],
  ])("%s: %j", (option, value, message) => {
    const resolve = (): unknown => resolvePolicy({ [option]: value });
    expect(resolve).toThrow(message);
    expect(resolve).toThrow(
      expect.objectContaining({
        code: "ERR_RUNCACHE_POLICY",
        facts: expect.objectContaining({ option: expect.stringContaining(option) as string }) as object,
      }),
    );
  });

  test("extra without a canonical form", () => {
    expect(() => resolvePolicy({ extra: new Map() })).toThrow("policy.extra is an instance of Map");
  });
});

/** A hasher that knows the number of bytes and nothing else. */
function custom(id: string): Hasher {
  const hex = (length: number): string => length.toString(16).padStart(32, "0");
  return {
    id,
    create() {
      let length = 0;
      return { update: (bytes) => void (length += bytes.length), hexdigest: () => hex(length) };
    },
    hash: (bytes) => `${id}:${hex(bytes.length)}` as Digest,
  };
}
