import type { Flow } from "@runcache/core";
import type { PullPolicy } from "./container-options.js";
import type { ResolvedImage } from "./engine.js";
import { EngineError } from "./errors.js";
import { missingImage } from "./image-errors.js";
import { formatImageReference, parseImageReference, type ImageReference } from "./image-reference.js";
import { samePlatform } from "./platform.js";

/** An image that this machine has. */
export interface StoredImage {
  /** Immutable digest with its kind, as it enters the key. */
  readonly identity: string;
  /** `os/arch[/variant]`. */
  readonly platform: string;
  /** Whether the identity stands for one platform; an index stands for several. */
  readonly identifiesPlatform: boolean;
  /** Immutable id that the engine runs it by. */
  readonly reference: string;
}

/** An image of a registry: what the engine's client finds out about it. */
export interface RegistryImage extends Pick<StoredImage, "identity" | "identifiesPlatform"> {
  /** `os/arch[/variant]`. */
  readonly platform: string;
  /** Id under which this machine would have it. */
  readonly id: string;
}

/** The images of one engine, here and in registries. Every method throws EngineError where the engine is unwell. */
export interface ImageStore {
  readonly engine: string;
  /** The image that `name` or an id means on this machine, or null. */
  inspect(name: string): Flow<StoredImage | null>;
  /**
   * What the registry has under `reference`.
   * @param platform that is wanted; null for the engine's own
   * @throws EngineError `ERR_RUNCACHE_ENGINE_IMAGE_UNKNOWN`
   */
  ask(reference: ImageReference, platform: string | null): Flow<RegistryImage>;
  /** @throws EngineError `ERR_RUNCACHE_ENGINE_PULL_FAILED`; the signal's reason */
  pull(reference: ImageReference, platform: string | null, signal: AbortSignal | undefined): Flow<void>;
  /** The command by which a user pulls `reference`. */
  pullCommand(reference: ImageReference, platform: string | null): string;
}

interface ImageSettings {
  readonly pull: PullPolicy;
  readonly platform: string | null;
}

/**
 * The image that `name` means now. What this machine has decides, as in the engines themselves; where it
 * has nothing, or `pull` is `always`, the registry is asked. Pulls nothing.
 * @throws EngineError
 */
export function* resolveImage(store: ImageStore, name: string, settings: ImageSettings): Flow<ResolvedImage> {
  const reference = parseImageReference(name);
  if (settings.pull !== "always" || reference.kind !== "tag") {
    const stored = yield* inspectFor(store, name, settings);
    if (stored !== null) return resolved(name, stored);
  }
  if (reference.kind === "id")
    throw missingImage(store.engine, name, "it is named by its id, so that no registry has it: load it");
  const { id, ...found } = yield* store.ask(reference, settings.platform);
  const stored = yield* store.inspect(id);
  return resolved(name, { ...found, reference: stored?.reference ?? null });
}

/**
 * `image` with a reference to run it by. The registry may have moved the tag since it was resolved: the
 * identity tells.
 * @param signal ends a pull, where the flow does not block
 * @throws EngineError; the signal's reason
 */
export function* obtainImage(
  store: ImageStore,
  image: ResolvedImage,
  settings: ImageSettings,
  signal?: AbortSignal,
): Flow<ResolvedImage> {
  const { name } = image;
  if (image.reference !== null) return image;
  if (settings.pull !== "always") {
    const stored = yield* inspectFor(store, name, settings); // somebody else may have pulled it
    if (stored !== null) return resolved(name, stored);
  }
  const reference = parseImageReference(name);
  const command = store.pullCommand(reference, settings.platform);
  if (settings.pull === "never")
    throw missingImage(store.engine, name, `pull it with '${command}', or allow it with pull: "missing"`);
  yield* store.pull(reference, settings.platform, signal);
  const pulled = yield* inspectFor(store, formatImageReference(reference), settings);
  if (pulled !== null) return resolved(name, pulled);
  throw new EngineError(
    "ERR_RUNCACHE_ENGINE_PULL_FAILED",
    store.engine,
    `image ${name} was pulled, but ${store.engine} does not have it for ${settings.platform ?? "this machine"}: see what '${command}' says`,
    { image: name },
  );
}

function* inspectFor(store: ImageStore, name: string, { platform }: ImageSettings): Flow<StoredImage | null> {
  const stored = yield* store.inspect(name);
  return stored !== null && (platform === null || samePlatform(stored.platform, platform)) ? stored : null;
}

function resolved(
  name: string,
  image: Omit<StoredImage, "reference"> & { readonly reference: string | null },
): ResolvedImage {
  const { identity, identifiesPlatform, platform, reference } = image;
  return { name, identity, platform: identifiesPlatform ? null : platform, reference };
}
