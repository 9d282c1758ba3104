export { dockerEngine } from "./docker-engine.js";
export { dockerImageDigest } from "./docker-image-digest.js";
export { resolveDockerOptions, type DockerOptions } from "./docker-options.js";
export { DockerRunner } from "./docker-runner.js";
export { probeDocker } from "./probe-docker.js";
