import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { probes } from "../../../../test/kit/probes.js";
import { requireOrSkip } from "../../../../test/kit/skips.js";
import { tempDir } from "../../../../test/kit/temp-dir.js";
import { writerOf } from "./writer-of.js";

const noLinux = requireOrSkip("Linux", probes.linux);

describe.skipIf(noLinux)("writerOf", () => {
  it("names a younger process that has a file open for writing, and the file", async () => {
    await using temp = await tempDir("writer-of");
    const child = spawn("sh", ["-c", 'exec 3>"$0/a"; echo ready; read -r _', temp.path], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    await once(child.stdout, "data");
    const pid = child.pid ?? 0;
    const file = join(temp.path, "a");
    for (const path of [temp.path, file, `${temp.path}/../${temp.path.split("/").at(-1)}`]) {
      expect(writerOf([path], process.pid)).toBe(`process ${pid} (sh) had ${file} open for writing`);
    }
    expect(writerOf([temp.path], pid), "not younger than itself").toBeNull();
    expect(writerOf([join(temp.path, "b"), `${temp.path}/a2`], process.pid), "elsewhere").toBeNull();
    child.stdin.end("\n");
    await once(child, "close");
    expect(writerOf([temp.path], process.pid), "ended").toBeNull();
  });

  it("passes over files that are only read", async () => {
    await using temp = await tempDir("writer-of");
    const child = spawn("sh", ["-c", 'exec 3<"$0"; echo ready; read -r _', temp.path], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    await once(child.stdout, "data");
    expect(writerOf([temp.path], process.pid)).toBeNull();
    child.stdin.end("\n");
    await once(child, "close");
  });
});
