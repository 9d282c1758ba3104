import {
  formatImageReference,
  lastWords,
  parseAnswer,
  parseImageReference,
  platformName,
  pullCommand,
  pullImage,
  samePlatform,
  unavailable,
  unknownImage,
  withoutDockerScheme,
  type EngineClient,
  type ImageReference,
  type ImageStore,
  type PlatformFields,
  type RegistryImage,
  type StoredImage,
} from "@runcache/container";
import type { Flow } from "@runcache/core";

/** What `podman image inspect` tells of an image, as far as it is read. */
export interface PodmanImage {
  /** Hexadecimal, without `sha256:`. */
  readonly Id: string;
  readonly Os: string;
  readonly Architecture: string;
}

/** What `podman manifest inspect` tells: the manifest of an image, or an index of several. */
export interface PodmanManifest {
  readonly config?: { readonly digest: string };
  readonly manifests?: readonly { readonly digest: string; readonly platform?: PlatformFields }[];
}

/** Podman's images, here and in registries. An image is told by the digest of its configuration. */
export class PodmanStore implements ImageStore {
  readonly engine = "podman";
  readonly #client: EngineClient;
  #ownPlatform: string | undefined;

  constructor(client: EngineClient) {
    this.#client = client;
  }

  /** Images that were loaded or built here have names without a registry, which Podman finds as they are. */
  *inspect(name: string): Flow<StoredImage | null> {
    return (
      (yield* this.#inspect(withoutDockerScheme(name))) ??
      (yield* this.#inspect(formatImageReference(parseImageReference(name))))
    );
  }

  *ask(reference: ImageReference, platform: string | null): Flow<RegistryImage> {
    const wanted = platform ?? (yield* this.#platform());
    const manifest = yield* this.#manifest(reference, platform);
    const digest = manifest.config?.digest ?? (yield* this.#configOf(reference, manifest, wanted, platform));
    return { id: digest, identity: `config:${digest}`, identifiesPlatform: true, platform: wanted };
  }

  *pull(reference: ImageReference, platform: string | null, signal: AbortSignal | undefined): Flow<void> {
    yield* pullImage(this.#client, reference, platform, signal);
  }

  pullCommand(reference: ImageReference, platform: string | null): string {
    return pullCommand(this.#client, reference, platform);
  }

  *#inspect(name: string): Flow<StoredImage | null> {
    const answer = yield* this.#client.call(["image", "inspect", name]);
    if (answer.status !== 0) {
      if (/image not known|no such image/i.test(answer.stderr)) return null;
      throw unavailable(this.#client, answer);
    }
    const [image] = parseAnswer(this.#client, answer) as PodmanImage[];
    return image === undefined ? null : storedImage(image);
  }

  /** An index names a manifest for each platform, and that its configuration. */
  *#configOf(reference: ImageReference, index: PodmanManifest, wanted: string, platform: string | null): Flow<string> {
    const digest = manifestDigest(index, wanted);
    if (digest === null || reference.kind === "id") {
      throw this.#unknown(reference, platform, `it has no image for ${wanted}`);
    }
    const { registry, repository } = reference;
    const manifest = yield* this.#manifest({ kind: "digest", registry, repository, digest }, platform);
    if (manifest.config !== undefined) return manifest.config.digest;
    throw this.#unknown(reference, platform, "its manifest names no configuration");
  }

  *#manifest(reference: ImageReference, platform: string | null): Flow<PodmanManifest> {
    const answer = yield* this.#client.call(["manifest", "inspect", formatImageReference(reference)]);
    if (answer.status !== 0) throw this.#unknown(reference, platform, lastWords(answer));
    return parseAnswer(this.#client, answer) as PodmanManifest;
  }

  *#platform(): Flow<string> {
    if (this.#ownPlatform === undefined) {
      const answer = yield* this.#client.call(["info", "--format", "{{.Version.OsArch}}"]);
      if (answer.status !== 0) throw unavailable(this.#client, answer);
      this.#ownPlatform = answer.stdout.trim();
    }
    return this.#ownPlatform;
  }

  #unknown(reference: ImageReference, platform: string | null, why: string): Error {
    return unknownImage(this.engine, reference, why, this.pullCommand(reference, platform));
  }
}

/** An image of Podman's store in our words. */
export function storedImage({ Id, Os, Architecture }: PodmanImage): StoredImage {
  const id = `sha256:${Id.replace(/^sha256:/, "")}`;
  const platform = platformName({ os: Os, architecture: Architecture });
  return { identity: `config:${id}`, platform, identifiesPlatform: true, reference: id };
}

/** Digest of the manifest for `platform` in an index, or null. */
export function manifestDigest({ manifests = [] }: PodmanManifest, platform: string): string | null {
  const found = manifests.find(
    (entry) => entry.platform !== undefined && samePlatform(platformName(entry.platform), platform),
  );
  return found?.digest ?? null;
}
