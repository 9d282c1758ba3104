import {
  EngineClient,
  fingerprintExtraArguments,
  hasOption,
  mountArgument,
  OUTPUT_DIR,
  type ContainerEngine,
  type ContainerRun,
  type EngineFingerprint,
  type Mount,
  type PlannedCommand,
  type ResolvedImage,
} from "@runcache/container";
import { Digests, runBlocking, type Flow } from "@runcache/core";
import { basename } from "node:path";
import { sifIdentity } from "./apptainer-digest.js";
import type { ResolvedApptainerOptions } from "./apptainer-options.js";
import { obtainSif } from "./sif-cache.js";

/** Name of every container for itself: outputs that hold it do not differ between runs. */
const HOSTNAME = "runcache";

/** Apptainer, as the options want it. */
export function apptainerEngine(options: ResolvedApptainerOptions): ContainerEngine {
  return new ApptainerEngine(options);
}

class ApptainerEngine implements ContainerEngine {
  readonly name = "apptainer";
  /** The option for the working directory was renamed between versions; the host's home is not there. */
  readonly prelude = `cd ${OUTPUT_DIR} || exit 255; export HOME=/tmp`;
  /** Apptainer itself failed; the tool cannot be executed; there is none. */
  readonly ownExitCodes: ReadonlySet<number> = new Set([126, 127, 255]);
  readonly #client: EngineClient;
  readonly #digests = new Digests();
  readonly #options: ResolvedApptainerOptions;

  constructor(options: ResolvedApptainerOptions) {
    this.#options = options;
    this.#client = new EngineClient(this.name, options.executable);
  }

  checkMount(mount: Mount): void {
    apptainerMount(mount);
  }

  plan(run: ContainerRun): PlannedCommand {
    return apptainerExec(run, this.#options);
  }

  fingerprint(): EngineFingerprint {
    const { extraArgs, network, platform } = this.#options;
    return { extraArguments: fingerprintExtraArguments(extraArgs, process.env), network, platform };
  }

  resolve(name: string): ResolvedImage {
    return runBlocking(this.#resolve(name));
  }

  /** The SIF file was there when the image was resolved; should it be gone, it is built again. */
  *obtain({ name }: ResolvedImage, signal?: AbortSignal): Flow<ResolvedImage> {
    return yield* this.#resolve(name, signal);
  }

  // eslint-disable-next-line require-yield -- there is no daemon to ask
  *prepare(): Flow<void> {
    return;
  }

  /** What a container makes belongs to the user who started it. */
  users(): null {
    return null;
  }

  /** There is no store: the file may be replaced at any moment. */
  *doubt({ identity, name, reference }: ResolvedImage): Flow<string | null> {
    if (reference === null) return null;
    const now = yield* sifIdentity(this.#digests, reference);
    return now === identity ? null : `${reference}, the image ${name}, changed during the run`;
  }

  // eslint-disable-next-line require-yield -- nothing outlives the client
  *end(): Flow<void> {
    return;
  }

  // eslint-disable-next-line require-yield -- nothing outlives the client
  *reap(): Flow<void> {
    return;
  }

  *#resolve(name: string, signal?: AbortSignal): Flow<ResolvedImage> {
    const reference = yield* obtainSif(this.#client, name, this.#options, signal);
    const identity = yield* sifIdentity(this.#digests, reference);
    return { name, identity, platform: null, reference };
  }
}

/** `apptainer exec`. Pure. */
export function apptainerExec(
  run: ContainerRun,
  { executable, extraArgs, network }: Pick<ResolvedApptainerOptions, "executable" | "extraArgs" | "network">,
): PlannedCommand {
  const argv = [
    executable,
    "exec",
    "--containall",
    "--cleanenv",
    "--no-home",
    "--no-eval", // values of the environment are no shell text
    ...["--hostname", HOSTNAME],
    ...(hasOption(extraArgs, "--net", "--network") ? [] : networkArgs(network)),
    ...run.mounts.flatMap((mount) => ["--mount", apptainerMount(mount)]),
    ...extraArgs,
    run.image,
    "sh",
    ...run.script.args,
  ];
  const prefix = basename(executable).startsWith("singularity") ? "SINGULARITYENV" : "APPTAINERENV";
  const env = Object.fromEntries(Object.entries(run.script.env).map(([name, value]) => [`${prefix}_${name}`, value]));
  return { argv, env, stopArgv: null };
}

/**
 * The value of `--mount`; `--bind` cannot carry a colon or a comma.
 * @throws UsageError `ERR_RUNCACHE_MOUNT_NAME`
 */
export function apptainerMount(mount: Mount): string {
  return mountArgument(mount, { target: "destination", readOnly: "ro" });
}

/** Without a network namespace a container has the host's network. */
function networkArgs(network: string): string[] {
  return network === "host" ? [] : ["--net", "--network", network];
}
