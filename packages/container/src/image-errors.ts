import { EngineError } from "./errors.js";
import { formatImageReference, type ImageReference } from "./image-reference.js";

/** Where an image is named that shall run instead, as messages say it. */
export const ANOTHER_IMAGE = "name another one (the runner's imageOverrides, or --image of the command)";

/** This machine does not have `image`. `remedy` says what to do. */
export function missingImage(engine: string, image: string, remedy: string): EngineError {
  return new EngineError(
    "ERR_RUNCACHE_ENGINE_IMAGE_MISSING",
    engine,
    `image ${image} is not on this machine: ${remedy}`,
    { image },
  );
}

/** Neither this machine nor the registry knows `reference`. `why` is what the engine's client said. */
export function unknownImage(engine: string, reference: ImageReference, why: string, pullCommand: string): EngineError {
  const image = formatImageReference(reference);
  return new EngineError(
    "ERR_RUNCACHE_ENGINE_IMAGE_UNKNOWN",
    engine,
    `image ${image} is not on this machine, and its registry does not say which image it is (${why}): pull it with '${pullCommand}', or ${ANOTHER_IMAGE}`,
    { image },
  );
}

/** The engine could not fetch `image`. */
export function pullFailed(engine: string, image: string, why: string, pullCommand: string): EngineError {
  return new EngineError(
    "ERR_RUNCACHE_ENGINE_PULL_FAILED",
    engine,
    `image ${image} could not be pulled (${why}): see what '${pullCommand}' says`,
    { image },
  );
}
