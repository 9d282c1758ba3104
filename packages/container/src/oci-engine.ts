import { runBlocking, type Flow } from "@runcache/core";
import type { ResolvedOciOptions } from "./container-options.js";
import type { EngineClient } from "./engine-client.js";
import type {
  ContainerEngine,
  ContainerRun,
  ContainerUsers,
  EngineFingerprint,
  PlannedCommand,
  ResolvedImage,
  UserIds,
} from "./engine.js";
import { EngineError } from "./errors.js";
import { fingerprintExtraArguments, hasOption } from "./extra-arguments.js";
import { obtainImage, resolveImage, type ImageStore } from "./image-store.js";
import { OUTPUT_DIR, type Mount } from "./mounts.js";
import { ociMount, ociRun } from "./oci-run.js";
import { reapDead, type OwnedContainers } from "./reaper.js";

/** What tells Docker and Podman apart. */
export interface OciDialect {
  readonly store: ImageStore;
  /** How the engine lists and removes containers of ours. */
  readonly owned: OwnedContainers;
  /** Exit codes of `run` that may be the engine's own. */
  readonly ownExitCodes: ReadonlySet<number>;
  /** Options of `run` that only this engine has. */
  readonly engineArgs: readonly string[];
  /** Finds out what the methods below must know. */
  prepare(): Flow<void>;
  /** Options of `run` that map users between host and container. */
  mappingArgs(asRoot: boolean): readonly string[];
  /** Who is who in a container. */
  users(): ContainerUsers;
  /** Arguments that ask for the image of a container's record: one line a container. */
  recordArgs(name: string, since: Date): readonly string[];
}

/** An engine that is spoken to like `docker`. */
export class OciEngine implements ContainerEngine {
  /** Who has no home (HOME is `/`, or Podman's working directory) gets one that can be written. */
  readonly prelude = `case \${HOME:-/} in / | ${OUTPUT_DIR}) export HOME=/tmp ;; esac`;
  readonly #client: EngineClient;
  readonly #dialect: OciDialect;
  readonly #options: ResolvedOciOptions;

  constructor(client: EngineClient, dialect: OciDialect, options: ResolvedOciOptions) {
    this.#client = client;
    this.#dialect = dialect;
    this.#options = options;
  }

  get ownExitCodes(): ReadonlySet<number> {
    return this.#dialect.ownExitCodes;
  }

  get name(): string {
    return this.#client.engine;
  }

  checkMount(mount: Mount): void {
    ociMount(mount);
  }

  plan(run: ContainerRun): PlannedCommand {
    const { executable, extraArgs, platform } = this.#options;
    return ociRun(run, {
      executable,
      platform,
      network: run.asRoot ? "none" : this.#network(),
      userArgs: [...this.#dialect.mappingArgs(run.asRoot), "--user", run.asRoot ? "0:0" : formatIds(this.users().tool)],
      engineArgs: this.#dialect.engineArgs,
      removeArgs: this.#dialect.owned.removeArgs,
      // To hand over outputs is our affair: the user's arguments are for the tool.
      extraArgs: run.asRoot ? [] : extraArgs,
    });
  }

  /** Docker takes several networks: ours would not give way to the user's. */
  #network(): string | null {
    const { extraArgs, network } = this.#options;
    return hasOption(extraArgs, "--network", "--net") ? null : network;
  }

  fingerprint(): EngineFingerprint {
    const { extraArgs, network, platform } = this.#options;
    return { extraArguments: fingerprintExtraArguments(extraArgs, process.env), network, platform };
  }

  resolve(name: string): ResolvedImage {
    return runBlocking(resolveImage(this.#dialect.store, name, this.#options));
  }

  *obtain(image: ResolvedImage, signal?: AbortSignal): Flow<ResolvedImage> {
    return yield* obtainImage(this.#dialect.store, image, this.#options, signal);
  }

  *prepare(): Flow<void> {
    yield* this.#dialect.prepare();
  }

  users(): ContainerUsers {
    return this.#dialect.users();
  }

  /** Compares with the engine's record of the container: a wrapper of the client, say, may run what it likes. */
  *doubt(image: ResolvedImage, name: string, startedAt: Date): Flow<string | null> {
    const { name: wanted, reference } = image;
    try {
      const answer = yield* this.#client.call(this.#dialect.recordArgs(name, startedAt));
      const [recorded = ""] = answer.stdout.trim().split("\n");
      if (answer.status !== 0 || recorded === "") return null; // records may be off, or already dropped
      const ran = recorded === reference ? reference : (yield* this.#dialect.store.inspect(recorded))?.reference;
      return ran === reference
        ? null
        : `${this.name} ran the image ${recorded}, not ${reference}, which ${wanted} means`;
    } catch (error) {
      // The tool has succeeded: that is no reason to fail now, but one not to store.
      if (error instanceof EngineError) return `nobody can tell which image ran: ${error.message}`;
      throw error;
    }
  }

  *end(name: string): Flow<void> {
    yield* this.#client.call([...this.#dialect.owned.removeArgs, name]);
  }

  *reap(): Flow<void> {
    yield* reapDead(this.#client, this.#dialect.owned);
  }
}

/** `uid:gid`. */
export function formatIds({ uid, gid }: UserIds): string {
  return `${uid}:${gid}`;
}
