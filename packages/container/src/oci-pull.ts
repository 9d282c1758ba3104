import type { Flow } from "@runcache/core";
import { lastWords } from "./client-answer.js";
import type { EngineClient } from "./engine-client.js";
import { pullFailed } from "./image-errors.js";
import { formatImageReference, type ImageReference } from "./image-reference.js";

/**
 * Fetches the image of `reference`, as the clients of Docker and Podman do.
 * @throws EngineError `ERR_RUNCACHE_ENGINE_PULL_FAILED`; the signal's reason
 */
export function* pullImage(
  client: EngineClient,
  reference: ImageReference,
  platform: string | null,
  signal: AbortSignal | undefined,
): Flow<void> {
  const answer = yield* client.call(pullArguments(reference, platform), { timeoutMs: 0, signal });
  if (answer.status === 0) return;
  const image = formatImageReference(reference);
  throw pullFailed(client.engine, image, lastWords(answer), pullCommand(client, reference, platform));
}

/** The same as a command line, for people. */
export function pullCommand(client: EngineClient, reference: ImageReference, platform: string | null): string {
  return [client.executable, ...pullArguments(reference, platform)].join(" ");
}

function pullArguments(reference: ImageReference, platform: string | null): string[] {
  const options = platform === null ? [] : ["--platform", platform];
  return ["pull", "--quiet", ...options, formatImageReference(reference)];
}
