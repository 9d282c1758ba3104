import type { Flow } from "@runcache/core";
import type { Mount } from "./mounts.js";
import type { RunScript } from "./run-script.js";

/** An image that a tag was resolved to. */
export interface ResolvedImage {
  /** The name that was resolved. */
  readonly name: string;
  /** Immutable digest, with its kind: `config:sha256:…`, `manifest:sha256:…`, `sif:b3:…`. Part of the key. */
  readonly identity: string;
  /** `os/arch[/variant]` where the identity does not tell it; enters the key then. */
  readonly platform: string | null;
  /** What the engine runs it by: an immutable id or a host path; null where this machine does not have it. */
  readonly reference: string | null;
}

/** A user and group, by their numbers. */
export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

/** Who is who in a container. */
export interface ContainerUsers {
  /** The user that the tool runs as, inside. */
  readonly tool: UserIds;
  /** Whether that user may write where the user of this process may. */
  readonly toolMayWrite: boolean;
  /** The user of this process as a container that runs as root has it. */
  readonly selfForRoot: UserIds;
}

/** One container to be, in words that belong to no engine. */
export interface ContainerRun {
  /** Unique on the machine. */
  readonly name: string;
  /** Who started it, for the label by which leftovers are found. */
  readonly owner: string;
  /** `ResolvedImage.reference`. */
  readonly image: string;
  /** What its shell is given. */
  readonly script: RunScript;
  readonly mounts: readonly Mount[];
  /** Whether standard input is a file; else there is none. */
  readonly interactive: boolean;
  /** Whether it runs as root of the container, to hand over outputs; else as the user whose outputs they are. */
  readonly asRoot: boolean;
}

/** A command line of the host that carries out a `ContainerRun`. */
export interface PlannedCommand {
  readonly argv: readonly string[];
  /** Environment on top of this process' own. */
  readonly env: Readonly<Record<string, string>>;
  /** Command that ends the container when ending `argv` does not; null where nothing can outlive it. */
  readonly stopArgv: readonly string[] | null;
}

/** What of an engine's settings enters the key. */
export interface EngineFingerprint {
  readonly extraArguments: readonly string[];
  readonly network: string;
  /** Platform that the user asks for; null for the machine's own. */
  readonly platform: string | null;
}

/**
 * One container engine with its settings. `plan` is pure; the rest asks the engine's own client, so that
 * its configuration and credentials hold.
 */
export interface ContainerEngine {
  /** `docker`, `podman`, `apptainer`. */
  readonly name: string;
  /** Shell text that a container's script begins with. */
  readonly prelude: string;
  /** Exit codes of `plan` that may be the engine's own, not the tool's. */
  readonly ownExitCodes: ReadonlySet<number>;
  /**
   * Called when an input is registered, before anything starts.
   * @throws UsageError `ERR_RUNCACHE_MOUNT_NAME` on a path that the engine cannot mount
   */
  checkMount(mount: Mount): void;
  /** The command line that carries out `run`. Called after `prepare`. */
  plan(run: ContainerRun): PlannedCommand;
  /** What enters the key. */
  fingerprint(): EngineFingerprint;
  /**
   * The image that `name` means now, here or in its registry. Blocks.
   * @throws EngineError
   */
  resolve(name: string): ResolvedImage;
  /**
   * Makes an image runnable. Called before each run; afterwards `reference` is not null.
   * @param signal ends a pull, where the flow does not block
   * @throws EngineError; the signal's reason
   */
  obtain(image: ResolvedImage, signal?: AbortSignal): Flow<ResolvedImage>;
  /** Finds out what `plan` must know of the engine. Called before each run. */
  prepare(): Flow<void>;
  /** Who is who in a container; null where what it makes belongs to the user of this process anyway. Called after `prepare`. */
  users(): ContainerUsers | null;
  /**
   * Why the ended container may have run something else than `image`, by the engine's own records; null
   * where nothing says so.
   * @param name of the container
   * @param startedAt a time before it was made
   */
  doubt(image: ResolvedImage, name: string, startedAt: Date): Flow<string | null>;
  /** Ends and removes the container `name`, where it is still there. Called when the client was killed. */
  end(name: string): Flow<void>;
  /** Ends and removes containers of processes that are gone. Called once a process, before its first run. */
  reap(): Flow<void>;
}
