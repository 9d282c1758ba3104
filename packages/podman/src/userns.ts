import type { ContainerUsers, UserIds } from "@runcache/container";

/** Whether Podman runs without root for the user `self`: then it shifts users. */
export function isRootless(self: UserIds): boolean {
  return self.uid !== 0;
}

/**
 * Options of `podman run` by which the tool's user is the same inside and outside. A container that runs
 * as root needs the shift: there, root is the user of this process.
 */
export function mappingArgs(self: UserIds, asRoot: boolean): string[] {
  return isRootless(self) && !asRoot ? ["--userns", "keep-id"] : [];
}

/**
 * Who is who in a container.
 * @param self the user of this process
 * @param userId user that was asked for, or null
 */
export function podmanUsers(self: UserIds, userId: number | null): ContainerUsers {
  const tool = { uid: userId ?? self.uid, gid: self.gid };
  // With `keep-id`, root of the container is nobody outside.
  const toolMayWrite = tool.uid === self.uid || (tool.uid === 0 && !isRootless(self));
  return { tool, toolMayWrite, selfForRoot: isRootless(self) ? { uid: 0, gid: 0 } : self };
}
