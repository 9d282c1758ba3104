import type { ContainerRun, PlannedCommand } from "./engine.js";
import { mountArgument } from "./mount-argument.js";
import { OUTPUT_DIR, type Mount } from "./mounts.js";

/** Label that says which process a container belongs to. */
export const OWNER_LABEL = "dev.runcache.owner";

/** Name of every container for itself: outputs that hold it do not differ between runs. */
const HOSTNAME = "runcache";

/** What Docker and Podman are told in their own words. */
export interface OciSettings {
  readonly executable: string;
  /** Network of the container; null leaves it to `extraArgs`. */
  readonly network: string | null;
  readonly platform: string | null;
  /** Options that map the user. */
  readonly userArgs: readonly string[];
  /** Arguments, before its name, that end and remove a container at once. */
  readonly removeArgs: readonly string[];
  /** Options that only this engine has. */
  readonly engineArgs: readonly string[];
  /** The user's own; last, so that they win. */
  readonly extraArgs: readonly string[];
}

/**
 * The value of `--mount`.
 * @throws UsageError `ERR_RUNCACHE_MOUNT_NAME`
 */
export function ociMount(mount: Mount): string {
  return mountArgument(mount, { target: "target", readOnly: "readonly" });
}

/** `docker run` and what speaks the same language. Pure. */
export function ociRun(run: ContainerRun, settings: OciSettings): PlannedCommand {
  const { executable, network, platform } = settings;
  const argv = [
    executable,
    "run",
    "--rm",
    "--init",
    ...["--pull", "never"],
    ...(network === null ? [] : ["--network", network]),
    ...(platform === null ? [] : ["--platform", platform]),
    ...["--name", run.name],
    ...["--hostname", HOSTNAME],
    ...["--label", `${OWNER_LABEL}=${run.owner}`],
    ...["--log-driver", "none"],
    ...["--security-opt", "no-new-privileges"],
    ...["--security-opt", "label=disable"], // to change SELinux's labels would be to change the user's files
    ...settings.engineArgs,
    ...settings.userArgs,
    ...(run.interactive ? ["--interactive"] : []),
    ...["--workdir", OUTPUT_DIR],
    ...run.mounts.flatMap((mount) => ["--mount", ociMount(mount)]),
    ...Object.keys(run.script.env).flatMap((name) => ["--env", name]),
    ...["--entrypoint", "sh"],
    ...settings.extraArgs,
    run.image,
    ...run.script.args,
  ];
  return { argv, env: run.script.env, stopArgv: [executable, ...settings.removeArgs, run.name] };
}
