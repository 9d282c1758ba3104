import {
  EngineClient,
  OciEngine,
  OWNER_LABEL,
  self,
  type ContainerEngine,
  type ContainerUsers,
  type OciDialect,
  type OwnedContainers,
  type ResolvedOciOptions,
} from "@runcache/container";
import type { Flow } from "@runcache/core";
import { PodmanStore } from "./podman-digest.js";
import { mappingArgs, podmanUsers } from "./userns.js";

/** Podman, as the options want it. */
export function podmanEngine(options: ResolvedOciOptions): ContainerEngine {
  const client = new EngineClient("podman", options.executable);
  return new OciEngine(client, new PodmanDialect(client, options), options);
}

/** What Podman says in its own words. */
class PodmanDialect implements OciDialect {
  readonly store: PodmanStore;
  /** Those of Docker; and 1, by which Podman's init says that it cannot execute the shell. */
  readonly ownExitCodes: ReadonlySet<number> = new Set([1, 125, 126, 127]);
  /** Podman would pass on proxies of this process' environment, which are not in the key. */
  readonly engineArgs: readonly string[] = ["--http-proxy=false"];
  readonly owned: OwnedContainers = {
    listArgs: [
      ...["ps", "--all", "--no-trunc", "--filter", `label=${OWNER_LABEL}`],
      ...["--format", `{{.ID}} {{index .Labels "${OWNER_LABEL}"}}`],
    ],
    // Without the time, Podman first gives a container 10 s to heed SIGTERM; it had its grace already.
    removeArgs: ["rm", "--force", "--time", "0"],
  };
  readonly #userId: number | null;

  constructor(client: EngineClient, { userId }: ResolvedOciOptions) {
    this.#userId = userId;
    this.store = new PodmanStore(client);
  }

  // eslint-disable-next-line require-yield -- Podman's mapping is known without asking it
  *prepare(): Flow<void> {
    return;
  }

  mappingArgs(asRoot: boolean): readonly string[] {
    return mappingArgs(self(), asRoot);
  }

  users(): ContainerUsers {
    return podmanUsers(self(), this.#userId);
  }

  recordArgs(name: string, since: Date): readonly string[] {
    const filters = ["--since", since.toISOString(), "--filter", `container=${name}`, "--filter", "event=create"];
    return ["events", "--stream=false", ...filters, "--format", "{{.Image}}"];
  }
}
