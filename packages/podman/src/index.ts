export { podmanEngine } from "./podman-engine.js";
export { podmanImageDigest } from "./podman-image-digest.js";
export { resolvePodmanOptions, type PodmanOptions } from "./podman-options.js";
export { PodmanRunner } from "./podman-runner.js";
export { probePodman } from "./probe-podman.js";
