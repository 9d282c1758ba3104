import {
  formatImageReference,
  isLoopback,
  lastWords,
  parseAnswer,
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

/** What `docker image inspect` tells of an image, as far as it is read. */
export interface DockerImage {
  readonly Id: string;
  readonly Os: string;
  readonly Architecture: string;
  readonly Variant?: string;
}

/** What `docker manifest inspect --verbose` tells of one platform, as far as it is read. */
export interface DockerManifest {
  readonly Descriptor: { readonly platform?: PlatformFields };
  readonly SchemaV2Manifest?: { readonly config: { readonly digest: string } };
  readonly OCIManifest?: { readonly config: { readonly digest: string } };
}

/**
 * Docker's images, here and in registries. An image is told by the digest of its configuration. Only the
 * containerd image store (`isContainerdStore`) knows images by the digest of their manifest instead,
 * which may stand for several platforms.
 */
export class DockerStore implements ImageStore {
  readonly engine = "docker";
  readonly #client: EngineClient;
  #serverPlatform: string | undefined;
  #containerd: boolean | undefined;

  constructor(client: EngineClient) {
    this.#client = client;
  }

  *inspect(name: string): Flow<StoredImage | null> {
    const answer = yield* this.#client.call(["image", "inspect", withoutDockerScheme(name)]);
    if (answer.status !== 0) {
      if (/no such image/i.test(answer.stderr)) return null;
      throw unavailable(this.#client, answer);
    }
    const [image] = parseAnswer(this.#client, answer) as DockerImage[];
    if (image === undefined) return null;
    const kind = (yield* this.#isContainerdStore()) ? "manifest" : "config";
    return storedImage(image, kind);
  }

  *ask(reference: ImageReference, platform: string | null): Flow<RegistryImage> {
    const wanted = platform ?? (yield* this.#platform());
    if (yield* this.#isContainerdStore()) return yield* this.#askIndex(reference, wanted);
    const insecure = isLoopback(reference) ? ["--insecure"] : [];
    const answer = yield* this.#client.call([
      "manifest",
      "inspect",
      "--verbose",
      ...insecure,
      formatImageReference(reference),
    ]);
    if (answer.status !== 0) throw this.#unknown(reference, platform, lastWords(answer));
    const manifests = parseAnswer(this.#client, answer) as DockerManifest | readonly DockerManifest[];
    const image = registryImage(manifests, wanted);
    if (image === null) throw this.#unknown(reference, platform, `it has no image for ${wanted}`);
    return image;
  }

  *pull(reference: ImageReference, platform: string | null, signal: AbortSignal | undefined): Flow<void> {
    yield* pullImage(this.#client, reference, platform, signal);
  }

  pullCommand(reference: ImageReference, platform: string | null): string {
    return pullCommand(this.#client, reference, platform);
  }

  /** There the digest of an index names the image, and only buildx tells it. */
  *#askIndex(reference: ImageReference, platform: string): Flow<RegistryImage> {
    const format = ["--format", "{{json .Manifest}}"];
    const answer = yield* this.#client.call([
      "buildx",
      "imagetools",
      "inspect",
      ...format,
      formatImageReference(reference),
    ]);
    if (answer.status !== 0) throw this.#unknown(reference, platform, lastWords(answer));
    const { digest } = parseAnswer(this.#client, answer) as { readonly digest: string };
    return { id: digest, identity: `manifest:${digest}`, identifiesPlatform: false, platform };
  }

  *#platform(): Flow<string> {
    this.#serverPlatform ??= yield* this.#tell(["version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"]);
    return this.#serverPlatform;
  }

  *#isContainerdStore(): Flow<boolean> {
    this.#containerd ??= isContainerdStore(yield* this.#tell(["info", "--format", "{{json .DriverStatus}}"]));
    return this.#containerd;
  }

  *#tell(args: readonly string[]): Flow<string> {
    const answer = yield* this.#client.call(args);
    if (answer.status !== 0) throw unavailable(this.#client, answer);
    return answer.stdout.trim();
  }

  #unknown(reference: ImageReference, platform: string | null, why: string): Error {
    return unknownImage(this.engine, reference, why, this.pullCommand(reference, platform));
  }
}

/** Whether `docker info` speaks of the containerd image store. @param driverStatus `.DriverStatus` as JSON */
export function isContainerdStore(driverStatus: string): boolean {
  return driverStatus.includes('"io.containerd.snapshotter');
}

/** An image of Docker's store in our words. @param kind of which the store's ids are digests */
export function storedImage(image: DockerImage, kind: "config" | "manifest"): StoredImage {
  return {
    identity: `${kind}:${image.Id}`,
    platform: platformName({ os: image.Os, architecture: image.Architecture, variant: image.Variant }),
    identifiesPlatform: kind === "config",
    reference: image.Id,
  };
}

/** The image for `platform` among what a registry has under one name, or null. */
export function registryImage(
  manifests: DockerManifest | readonly DockerManifest[],
  platform: string,
): RegistryImage | null {
  // A name without an index has one image, whatever it is for, and that is what a pull would bring.
  const found = isList(manifests)
    ? manifests.find(
        ({ Descriptor }) =>
          Descriptor.platform !== undefined && samePlatform(platformName(Descriptor.platform), platform),
      )
    : manifests;
  const config = found?.SchemaV2Manifest?.config ?? found?.OCIManifest?.config;
  if (config === undefined) return null;
  return { id: config.digest, identity: `config:${config.digest}`, identifiesPlatform: true, platform };
}

/** `Array.isArray` does not know read-only arrays. */
function isList(manifests: DockerManifest | readonly DockerManifest[]): manifests is readonly DockerManifest[] {
  return Array.isArray(manifests);
}
