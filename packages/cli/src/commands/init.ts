import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { CacheRootError, openRoot, SHARING, type JsonObject } from "@runcache/core";
import { defineCommand } from "../command-line/command.js";
import { cacheFlag } from "../command-line/common-flags.js";
import { choice, count, duration, size } from "../command-line/flags.js";
import { settingsOf } from "../context.js";
import { EXIT } from "../exit-codes.js";

export const init = defineCommand({
  name: "init",
  summary: "Make a cache directory, for yourself or for a team",
  description: [
    "Not needed for a cache of your own: the first run makes it. Limits are kept in the cache's .runcache.json and rank above everybody's own; edit it to change them later.",
    "private: only you. group: members of the directory's group read and write. world-read: everybody reads, you write.",
  ],
  operands: [{ name: "DIR", help: "the directory, new or empty", optional: true, completes: "directory" }],
  flags: {
    shared: choice(SHARING, "Who may use it (default private; in a setgid directory group)"),
    "max-size": size("What it may grow to; it is pruned now and then"),
    "max-age": duration("How long an entry stays without being used"),
    "max-entries": count("How many entries there may be"),
    reserve: size("What stays free on its disk"),
    durability: choice(["safe", "full", "none"], "What is flushed to disk before an entry is visible"),
    ...cacheFlag,
  },
  examples: [["runcache init /data/group/runcache --shared group --max-size 2T", "one cache for a group"]],
  run: async ({ flags, operands: [given], context }) => {
    const settings = await settingsOf(context, { cacheDir: flags.cache });
    const dir = given === undefined ? settings.cacheDir.value : resolve(context.cwd, given);
    if (existsSync(join(dir, ".runcache.json"))) {
      const message = `${dir} is a cache already: edit its .runcache.json to change what it allows`;
      throw new CacheRootError("ERR_RUNCACHE_ROOT_EXISTS", dir, message);
    }
    const limits = {
      maxSizeBytes: flags["max-size"],
      maxAgeMs: flags["max-age"],
      maxEntries: flags["max-entries"],
      reserveBytes: flags.reserve,
      durability: flags.durability,
    };
    const set = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)) as JsonObject;
    const { shared } = flags;
    const { marker } = openRoot(dir, { create: true, limits: set, ...(shared === undefined ? {} : { shared }) });
    context.out.line(`made the ${marker.shared} cache ${dir}`);
    if (marker.shared === "group")
      context.out.line(`its group is ${groupName(statSync(dir).gid)}; 'chgrp -R' gives it to another`);
    if (dir !== settings.cacheDir.value) context.out.line(`to use it: export RUNCACHE_DIR=${dir}`);
    return EXIT.ok;
  },
});

/** Name of a group, which may come from a directory service; its number where the system has no name, or no `getent`. */
function groupName(gid: number): string {
  const { status, stdout } = spawnSync("getent", ["group", String(gid)], { encoding: "utf8", timeout: 10_000 });
  const [name = ""] = status === 0 ? stdout.split(":") : [];
  return name === "" ? `number ${gid}` : name;
}
