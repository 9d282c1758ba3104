import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { tempDir } from "../kit/temp-dir.js";

const PROGRAM = fileURLToPath(new URL("listener.mjs", import.meta.url));

describe("where no watcher can be had", () => {
  it.each(["run", "runAsync"])("%s runs the tool all the same, and one warning says so", async (form) => {
    await using dir = await tempDir("unwatched");
    const { stdout, stderr } = spawnSync(process.execPath, [PROGRAM, dir.path, form, "echo one; echo two"], {
      encoding: "utf8",
      env: { ...process.env, TMPDIR: dir.join("missing") },
    });
    expect(JSON.parse(stdout)).toEqual({ lines: 2, characters: 6 });
    expect(stderr.match(/RUNCACHE_UNWATCHED/g)).toHaveLength(1);
  });
});
