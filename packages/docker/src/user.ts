import type { ContainerUsers, UserIds } from "@runcache/container";

/** How the daemon maps users between host and container. */
export type UserMapping =
  | "none" // a user is the same on both sides
  | "remapped" // `userns-remap`: users are shifted, unless a container opts out
  | "rootless"; // root in the container is the user who runs the daemon

/** The mapping that `docker info` tells by its security options, such as `name=rootless`. */
export function userMapping(securityOptions: readonly string[]): UserMapping {
  const names = new Set(securityOptions.map((option) => /(?:^|,)name=([^,]*)/.exec(option)?.[1]));
  if (names.has("rootless")) return "rootless";
  return names.has("userns") ? "remapped" : "none";
}

/** Options of `docker run` by which users are those of the host. */
export function mappingArgs(mapping: UserMapping): string[] {
  return mapping === "remapped" ? ["--userns", "host"] : [];
}

/**
 * Who is who in a container.
 * @param self the user of this process
 * @param userId user that was asked for, or null
 */
export function dockerUsers(mapping: UserMapping, self: UserIds, userId: number | null): ContainerUsers {
  const selfForRoot = mapping === "rootless" ? { uid: 0, gid: 0 } : self;
  const tool = { uid: userId ?? selfForRoot.uid, gid: selfForRoot.gid };
  return { tool, toolMayWrite: tool.uid === 0 || tool.uid === selfForRoot.uid, selfForRoot };
}
