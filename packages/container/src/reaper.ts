import { debugLog, type Flow } from "@runcache/core";
import { lastWords, unavailable } from "./client-answer.js";
import type { EngineClient } from "./engine-client.js";
import { isOwnerDead } from "./owner.js";

/** How an engine lists and removes the containers that carry our label. */
export interface OwnedContainers {
  /** Arguments that print a line `<id> <label>` for each, the ended ones included. */
  readonly listArgs: readonly string[];
  /** Arguments, before an id or name, that end and remove a container at once. */
  readonly removeArgs: readonly string[];
}

/**
 * Ends and removes the containers of processes that ran on this machine and are gone: what a SIGKILL
 * left. Containers of living processes, and of other machines that share the engine, are let alone.
 * @throws EngineError where the engine does not answer
 */
export function* reapDead(client: EngineClient, { listArgs, removeArgs }: OwnedContainers): Flow<void> {
  const answer = yield* client.call(listArgs);
  if (answer.status !== 0) throw unavailable(client, answer);
  const dead = deadContainers(answer.stdout);
  if (dead.length === 0) return;
  const removal = yield* client.call([...removeArgs, ...dead]);
  // Another process may reap the same, and `--rm` removes by itself: gone is gone.
  debugLog("container", "%s: reaped %o: %s", client.engine, dead, lastWords(removal));
}

/** Ids of those whose owner is dead, in lines `<id> <label>`. */
function deadContainers(lines: string): string[] {
  const ids: string[] = [];
  for (const line of lines.split("\n")) {
    const space = line.indexOf(" ");
    if (space > 0 && isOwnerDead(line.slice(space + 1).trim())) ids.push(line.slice(0, space));
  }
  return ids;
}
