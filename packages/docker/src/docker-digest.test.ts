import { describe, expect, test } from "vitest";
import { isContainerdStore, registryImage, storedImage, type DockerManifest } from "./docker-digest.js";

const CONFIG = `sha256:${"c".repeat(64)}`;
const OTHER = `sha256:${"d".repeat(64)}`;

test("an image here is told by its configuration, with any other name it has left aside", () => {
  expect(storedImage({ Id: CONFIG, Os: "linux", Architecture: "arm64", Variant: "v8" }, "config")).toEqual({
    identity: `config:${CONFIG}`,
    platform: "linux/arm64/v8",
    identifiesPlatform: true,
    reference: CONFIG,
  });
});

test("an image of the containerd store is told by its manifest, which may be for several platforms", () => {
  expect(storedImage({ Id: CONFIG, Os: "linux", Architecture: "amd64", Variant: "" }, "manifest")).toMatchObject({
    identity: `manifest:${CONFIG}`,
    platform: "linux/amd64",
    identifiesPlatform: false,
  });
});

test("the containerd store is known by the status of its driver", () => {
  expect(isContainerdStore('[["driver-type","io.containerd.snapshotter.v1"]]')).toBe(true);
  expect(isContainerdStore('[["Backing Filesystem","extfs"],["Supports d_type","true"]]')).toBe(false);
  expect(isContainerdStore("null")).toBe(false);
});

describe("what a registry has", () => {
  /** As the client prints them, cut to what is read. */
  const entry = (architecture: string, digest: string, variant?: string): DockerManifest => ({
    Descriptor: { platform: { os: "linux", architecture, ...(variant === undefined ? {} : { variant }) } },
    SchemaV2Manifest: { config: { digest } },
  });

  test("one image is that image", () => {
    expect(registryImage(entry("amd64", CONFIG), "linux/amd64")).toEqual({
      id: CONFIG,
      identity: `config:${CONFIG}`,
      identifiesPlatform: true,
      platform: "linux/amd64",
    });
  });

  test("of several, the one for the platform is taken", () => {
    const index = [entry("arm64", OTHER, "v8"), entry("amd64", CONFIG)];
    expect(registryImage(index, "linux/amd64")?.id).toBe(CONFIG);
    expect(registryImage(index, "linux/arm64")?.id).toBe(OTHER);
    expect(registryImage(index, "linux/arm64/v8")?.id).toBe(OTHER);
    expect(registryImage(index, "linux/s390x")).toBeNull();
  });

  test("manifests of the OCI are read like Docker's own; attestations are no images", () => {
    const attestation: DockerManifest = {
      Descriptor: { platform: { os: "unknown", architecture: "unknown" } },
      OCIManifest: { config: { digest: OTHER } },
    };
    const image: DockerManifest = { ...entry("amd64", ""), OCIManifest: { config: { digest: CONFIG } } };
    delete (image as { SchemaV2Manifest?: unknown }).SchemaV2Manifest;
    expect(registryImage([attestation, image], "linux/amd64")?.id).toBe(CONFIG);
  });
});
