import { expect, test } from "vitest";
import { manifestDigest, storedImage } from "./podman-digest.js";

const HEX = "c".repeat(64);

test("an image here is told by its configuration, in the words of Docker", () => {
  const image = {
    identity: `config:sha256:${HEX}`,
    platform: "linux/amd64",
    identifiesPlatform: true,
    reference: `sha256:${HEX}`,
  };
  expect(storedImage({ Id: HEX, Os: "linux", Architecture: "amd64" })).toEqual(image);
  expect(storedImage({ Id: `sha256:${HEX}`, Os: "linux", Architecture: "amd64" })).toEqual(image);
});

test("an index names a manifest for each platform", () => {
  const index = {
    manifests: [
      { digest: "sha256:1", platform: { os: "linux", architecture: "arm64", variant: "v8" } },
      { digest: "sha256:2", platform: { os: "linux", architecture: "amd64" } },
      { digest: "sha256:3", platform: { os: "unknown", architecture: "unknown" } },
    ],
  };
  expect(manifestDigest(index, "linux/amd64")).toBe("sha256:2");
  expect(manifestDigest(index, "linux/arm64")).toBe("sha256:1");
  expect(manifestDigest(index, "linux/s390x")).toBeNull();
  expect(manifestDigest({ config: { digest: "sha256:4" } }, "linux/amd64")).toBeNull();
});
