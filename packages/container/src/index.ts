// planning
export { runScript, type RunScript } from "./run-script.js";
export { INPUT_ROOT, mountInput, mountOutput, OUTPUT_DIR, type Mount, type MountedInput } from "./mounts.js";
export { mountArgument, type MountWords } from "./mount-argument.js";
export { OWNER_LABEL, ociMount, ociRun, type OciSettings } from "./oci-run.js";
export { fingerprintExtraArguments, hasOption } from "./extra-arguments.js";
// options
export {
  optionError,
  PULL_POLICIES,
  resolveContainerOptions,
  resolveUserId,
  type ContainerOptions,
  type PullPolicy,
  type ResolvedContainerOptions,
  type ResolvedOciOptions,
} from "./container-options.js";
// images
export {
  DEFAULT_REGISTRY,
  formatImageReference,
  isLoopback,
  parseImageReference,
  withoutDockerScheme,
  type FloatingReference,
  type ImageReference,
  type LocalReference,
  type PinnedReference,
} from "./image-reference.js";
export { missingImage, pullFailed, unknownImage } from "./image-errors.js";
export type { ImageStore, RegistryImage, StoredImage } from "./image-store.js";
export { platformName, samePlatform, type PlatformFields } from "./platform.js";
// engines
export { lastWords, parseAnswer, unavailable, type ClientAnswer } from "./client-answer.js";
export { EngineClient, type CallOptions } from "./engine-client.js";
export type {
  ContainerEngine,
  ContainerRun,
  ContainerUsers,
  EngineFingerprint,
  PlannedCommand,
  ResolvedImage,
  UserIds,
} from "./engine.js";
export { ENGINE_ERROR_CODES, EngineError, type EngineErrorCode } from "./errors.js";
export { OciEngine, type OciDialect } from "./oci-engine.js";
export { pullCommand, pullImage } from "./oci-pull.js";
export type { OwnedContainers } from "./reaper.js";
export { probeEngine } from "./probe-engine.js";
export { self } from "./self.js";
// runner
export { ContainerRunner } from "./container-runner.js";
export { imageDigestResolver } from "./image-digest-resolver.js";
