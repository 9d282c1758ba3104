// What a link means in a container, it means on the host.
import { mkdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { CachingRunner, type ExecResult } from "@runcache/core";
import { describe, expect, test } from "vitest";
import { tempDir } from "../kit/temp-dir.js";
import { BUSYBOX, engines, SLOW, toolIn } from "./engines.js";

describe.each(engines)("with $name", (engine) => {
  describe.skipIf(engine.missing)("a tool that makes links", SLOW, () => {
    async function makesLink(text: string): Promise<ExecResult & AsyncDisposable> {
      const dir = await tempDir();
      await writeFile(dir.join("in.txt"), "input\n");
      const runner = new CachingRunner({ base: engine.makeRunner(), cacheDir: dir.join("cache") });
      const script = `echo made > real; ln -s "${text}" "$1"; cat "$2"`;
      const call = () =>
        runner.exec({ id: "1", name: "links", image: BUSYBOX }, (io) => {
          return ["sh", "-c", script, "sh", io.output("link"), io.input(dir.join("in.txt"))];
        });
      await call();
      return Object.assign(await call(), { [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() });
    }

    test("to a file that only the container has is not cached: the host's is another", async () => {
      await using result = await makesLink("/etc/hostname");
      expect(result).toMatchObject({ status: "miss", notStored: { reason: "output-refused" } });
      expect(result.notStored?.detail).toContain("output link is a link to /etc/hostname in the container");
    });

    test("to an output, by its path in the container, is cached and leads to the output", async () => {
      await using result = await makesLink("$PWD/real");
      expect(result.status).toBe("hit");
      expect(await readlink(result.output("link"))).toBe("real");
      expect(await readFile(result.output("link"), "utf8")).toBe("made\n");
    });

    test("to an input is cached with the content of the input", async () => {
      await using result = await makesLink("$2");
      expect(result.status).toBe("hit");
      expect(await readFile(result.output("link"), "utf8")).toBe("input\n");
    });
  });

  test.skipIf(engine.missing)(
    "an input that its mounted directory only links to is refused by name",
    SLOW,
    async () => {
      await using dir = await tempDir();
      await mkdir(dir.join("ds"));
      await writeFile(dir.join("key"), "x");
      await symlink("../key", dir.join("ds/t1.nii"));
      const execution = engine.makeRunner().startExecution(toolIn(BUSYBOX));
      expect(() => execution.inputFile(dir.join("ds/t1.nii"), true)).toThrow(
        expect.objectContaining({ code: "ERR_RUNCACHE_INPUT_LINK", path: dir.join("ds/t1.nii") }),
      );
    },
  );
});
