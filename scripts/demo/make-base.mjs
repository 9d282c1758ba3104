// @ts-check
import { LocalRunner } from "@runcache/local";

/** A small image with a shell; scripts/setup-engines.sh makes it. */
const IMAGE = "runcache-test/busybox:1";

/**
 * The runner that the demo caches, and the image that its tools need.
 * @param {string} name
 * @param {string} dataDir
 */
export async function makeBase(name, dataDir) {
  switch (name) {
    case "local":
      return { base: new LocalRunner({ dataDir }), image: {} };
    case "docker": {
      const { DockerRunner } = await import("@runcache/docker");
      return { base: new DockerRunner({ dataDir }), image: { image: IMAGE } };
    }
    case "podman": {
      const { PodmanRunner } = await import("@runcache/podman");
      return { base: new PodmanRunner({ dataDir }), image: { image: IMAGE } };
    }
    default:
      throw new Error(`no runner '${name}': local, docker or podman`);
  }
}
