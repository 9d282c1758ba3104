import { LaunchError, type LaunchRequest } from "@runcache/core";
import { findExecutable } from "./find-executable.js";

/**
 * Says what a shell would say with 126 and 127, before anything starts.
 * @throws LaunchError `ERR_RUNCACHE_TOOL_NOT_FOUND`, `ERR_RUNCACHE_TOOL_NOT_EXECUTABLE`
 */
export function refuseUnstartable({ argv, cwd, env }: LaunchRequest): void {
  const [program = ""] = argv;
  const path = env["PATH"];
  const found = findExecutable(program, path, cwd);
  if (found.status === "found") return;
  if (found.status === "not-executable") {
    throw new LaunchError(
      "ERR_RUNCACHE_TOOL_NOT_EXECUTABLE",
      `${found.path} cannot be executed: 'chmod +x' it, or look whether it is the right file`,
      { program, path: found.path, exitCode: 126 },
    );
  }
  const place = program.includes("/") ? `in ${cwd}` : `on PATH (${path ?? "not set"})`;
  throw new LaunchError(
    "ERR_RUNCACHE_TOOL_NOT_FOUND",
    `${JSON.stringify(program)} was not found ${place}: install the tool, or name it by its path`,
    { program, cwd, exitCode: 127 },
  );
}

/** What a system call that failed on the way means to the caller; other errors as they are. */
export function launchError({ argv, cwd }: LaunchRequest, cause: unknown): unknown {
  if (!(cause instanceof Error) || !("syscall" in cause)) return cause;
  return new LaunchError(
    "ERR_RUNCACHE_LAUNCH",
    `${argv[0]} could not be started in ${cwd} (${cause.message}): look whether that directory and its standard input are there, and what 'ulimit -a' allows`,
    { program: argv[0], cwd },
    cause,
  );
}
