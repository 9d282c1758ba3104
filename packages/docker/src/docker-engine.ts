import {
  EngineClient,
  OciEngine,
  OWNER_LABEL,
  parseAnswer,
  self,
  unavailable,
  type ContainerEngine,
  type ContainerUsers,
  type OciDialect,
  type OwnedContainers,
  type ResolvedOciOptions,
} from "@runcache/container";
import type { Flow } from "@runcache/core";
import { DockerStore } from "./docker-digest.js";
import { dockerUsers, mappingArgs, userMapping, type UserMapping } from "./user.js";

/** Docker, as the options want it. */
export function dockerEngine(options: ResolvedOciOptions): ContainerEngine {
  const client = new EngineClient("docker", options.executable);
  return new OciEngine(client, new DockerDialect(client, options), options);
}

/** What Docker says in its own words. */
class DockerDialect implements OciDialect {
  readonly store: DockerStore;
  /** Docker itself failed; the shell cannot be executed; there is no shell. */
  readonly ownExitCodes: ReadonlySet<number> = new Set([125, 126, 127]);
  readonly engineArgs: readonly string[] = [];
  readonly owned: OwnedContainers = {
    listArgs: [
      ...["ps", "--all", "--no-trunc", "--filter", `label=${OWNER_LABEL}`],
      ...["--format", `{{.ID}} {{.Label "${OWNER_LABEL}"}}`],
    ],
    removeArgs: ["rm", "--force"],
  };
  readonly #client: EngineClient;
  readonly #userId: number | null;
  #mapping: UserMapping | undefined;

  constructor(client: EngineClient, { userId }: ResolvedOciOptions) {
    this.#client = client;
    this.#userId = userId;
    this.store = new DockerStore(client);
  }

  *prepare(): Flow<void> {
    if (this.#mapping !== undefined) return;
    const answer = yield* this.#client.call(["info", "--format", "{{json .SecurityOptions}}"]);
    if (answer.status !== 0) throw unavailable(this.#client, answer);
    this.#mapping = userMapping((parseAnswer(this.#client, answer) as readonly string[] | null) ?? []);
  }

  mappingArgs(): readonly string[] {
    return mappingArgs(this.#mapping ?? "none");
  }

  users(): ContainerUsers {
    return dockerUsers(this.#mapping ?? "none", self(), this.#userId);
  }

  recordArgs(name: string, since: Date): readonly string[] {
    // Without `--until`, Docker would go on to wait for events.
    const times = ["--since", seconds(since), "--until", seconds(new Date())];
    return ["events", ...times, "--filter", `container=${name}`, "--filter", "event=create", "--format", "{{.From}}"];
  }
}

/** Seconds since 1970, with their fraction. */
function seconds(time: Date): string {
  return (time.getTime() / 1000).toFixed(3);
}
