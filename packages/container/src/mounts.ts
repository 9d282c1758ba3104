import { basename, dirname, posix } from "node:path";

/** Container path below which inputs are mounted. */
export const INPUT_ROOT = "/runcache/input";

/** Container path of the output directory: the tool's working directory, and the only writable mount. */
export const OUTPUT_DIR = "/runcache/output";

/** A host file or directory, and where the container has it. */
export interface Mount {
  /** Absolute. */
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
}

/** An input as the container sees it. */
export interface MountedInput {
  readonly mount: Mount;
  /** Container path of the input: what the tool is given. */
  readonly toolPath: string;
}

/**
 * Where the input number `index` goes: `/runcache/input/<index>/<basename>`, a directory of its own, so
 * that inputs of one name, and inputs inside one another, never meet.
 * @param hostPath absolute
 * @param resolveParent the whole parent directory is mounted, for tools that read siblings
 */
export function mountInput(index: number, hostPath: string, resolveParent: boolean): MountedInput {
  const mounted = resolveParent ? dirname(hostPath) : hostPath;
  const containerPath = posix.join(INPUT_ROOT, String(index), basename(mounted));
  const toolPath = resolveParent ? posix.join(containerPath, basename(hostPath)) : containerPath;
  return { mount: { hostPath: mounted, containerPath, readOnly: true }, toolPath };
}

/** The mount of the output directory. Host path, absolute. */
export function mountOutput(hostPath: string): Mount {
  return { hostPath, containerPath: OUTPUT_DIR, readOnly: false };
}
