import { chmodSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { hasCode, type Flow } from "@runcache/core";
import type { ContainerContext } from "./container-context.js";
import type { ContainerEngine, ContainerRun } from "./engine.js";
import { EngineError } from "./errors.js";
import { mountOutput } from "./mounts.js";
import { formatIds } from "./oci-engine.js";
import { quietRun } from "./quiet-run.js";

/**
 * Gives outputs that the tool made as another user (root, say) to the user of this process, by a container
 * of the same image that is root and may. Root owns everything anyway.
 * @param outputDir host path
 * @throws EngineError `ERR_RUNCACHE_ENGINE_OUTPUT_OWNER` where that fails
 */
export function* handOver(context: ContainerContext, run: ContainerRun, outputDir: string): Flow<void> {
  const { engine } = context;
  const users = engine.users();
  const uid = process.getuid?.() ?? 0;
  if (users === null || uid === 0) return;
  const foreign = findForeign(outputDir, uid);
  if (foreign === null) return;
  const result = yield* quietRun(
    context,
    {
      ...run,
      name: `${run.name}-owner`,
      script: { args: ["-c", 'exec chown -hR "$1" .', "sh", formatIds(users.selfForRoot)], env: {} },
      mounts: [mountOutput(outputDir)],
      interactive: false,
      asRoot: true,
    },
    outputDir,
  );
  const left = findForeign(outputDir, uid);
  if (left === null) return;
  throw new EngineError(
    "ERR_RUNCACHE_ENGINE_OUTPUT_OWNER",
    engine.name,
    `${left} belongs to another user, and a container that was to hand it over failed (${result.stderrTail.at(-1) ?? `exit code ${result.exitCode}`}): run the tool as yourself (without ${engine.name}UserId or a user among the extra arguments), or have the owner of ${outputDir} changed`,
    { path: left, outputDir },
  );
}

/**
 * Lets another user write the outputs, where the tool runs as one: into the directory, and into the
 * copies of mutable inputs that lie there. What it returns closes the directory again.
 * @param outputDir host path
 */
export function openOutputs(engine: ContainerEngine, outputDir: string): () => void {
  if (engine.users()?.toolMayWrite ?? true) return () => undefined;
  const { mode } = lstatSync(outputDir);
  openTree(outputDir);
  return () => chmodSync(outputDir, mode);
}

function openTree(path: string): void {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return;
  chmodSync(path, stats.mode | (stats.isDirectory() ? 0o777 : 0o666));
  if (stats.isDirectory()) for (const name of readdirSync(path)) openTree(join(path, name));
}

/** Host path of something below `dir` that does not belong to `uid`, or null. */
function findForeign(dir: string, uid: number): string | null {
  for (const name of readNames(dir)) {
    const path = join(dir, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) continue;
    if (stats.uid !== uid) return path;
    const below = stats.isDirectory() ? findForeign(path, uid) : null;
    if (below !== null) return below;
  }
  return null;
}

/** What cannot be listed is looked at by whoever needs to read it. */
function readNames(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (hasCode(error, "EACCES", "ENOENT")) return [];
    throw error;
  }
}
