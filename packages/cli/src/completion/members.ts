import type { AnyCommand } from "../command-line/command.js";

/** Commands by how they are called. */
export interface Grouped {
  /** Those of one word. */
  readonly single: readonly AnyCommand[];
  /** First word → the second words of its members. */
  readonly members: ReadonlyMap<string, readonly string[]>;
}

/** Parts commands of one word from those of two. */
export function grouped(commands: readonly AnyCommand[]): Grouped {
  const single = commands.filter(({ name }) => !name.includes(" "));
  const members = new Map<string, string[]>();
  for (const { name } of commands) {
    const [first = "", second] = name.split(" ");
    if (second !== undefined) members.set(first, [...(members.get(first) ?? []), second]);
  }
  return { single, members };
}
