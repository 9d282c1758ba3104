import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { describe, expect, test, vi } from "vitest";
import { CachingRunner } from "@runcache/core";
import { readTree } from "../kit/read-tree.js";
import { tempDir } from "../kit/temp-dir.js";
import { BUSYBOX, engines, runShell, toolIn, SLOW } from "./engines.js";

describe.each(engines)("a tool in $name", (engine) => {
  describe.skipIf(engine.missing)("in a container", SLOW, () => {
    const runner = engine.makeRunner();

    test("stands in the output directory, and what it writes there is all there is", async () => {
      const { stdout, outputDir } = runShell(runner, "pwd; mkdir sub; echo made > sub/out");
      expect(stdout).toEqual(["/runcache/output"]);
      expect(await readTree(outputDir)).toEqual({ sub: { out: "made\n" } });
    });

    test("runs as the user of this process, and its outputs belong to them", async () => {
      const { stdout, outputDir } = runShell(runner, "id -u; id -g; touch out");
      expect(stdout).toEqual([String(process.getuid?.()), String(process.getgid?.())]);
      expect(await stat(`${outputDir}/out`)).toMatchObject({ uid: process.getuid?.(), gid: process.getgid?.() });
    });

    test("has no network, and may have the host's", () => {
      const interfaces = "ls /sys/class/net | grep -vx lo | wc -l";
      expect(runShell(runner, "wc -l < /proc/net/route; grep -vc '^ *lo:' /proc/net/dev").stdout).toEqual(["1", "2"]);
      expect(runShell(engine.makeRunner({ network: "host" }), interfaces).stdout).not.toEqual(["0"]);
    });

    test("finds the variables it was given and none of this process, whatever they hold", () => {
      vi.stubEnv("RUNCACHE_TEST_SECRET", "of the host");
      const environ = { VALUE: "two\nlines, 'quoted' \"twice\" $HOME", HOME: "/somewhere", PATH: "/bin", EMPTY: "" };
      const { stdout } = runShell(
        engine.makeRunner({ environ }),
        'printf "%s\\n" "$VALUE" "$HOME" "$PATH" "${EMPTY-unset}"; env',
      );
      vi.unstubAllEnvs();
      expect(stdout.slice(0, 5)).toEqual(["two", "lines, 'quoted' \"twice\" $HOME", "/somewhere", "/bin", ""]);
      expect(stdout.join("\n")).not.toMatch(/of the host|RUNCACHE_/);
    });

    test("runs in any image with a shell, whatever its entry point, user and working directory", () => {
      const { stdout } = runShell(runner, "pwd; id -u", [], "runcache-test/entrypoint:1");
      expect(stdout).toEqual(["/runcache/output", String(process.getuid?.())]);
    });

    test("is started by bash where the image has one", () => {
      const options = { environ: { BASH_ENV: "/runcache/output/set-up" } };
      const execution = engine.makeRunner(options).startExecution(toolIn("runcache-test/bash:1"));
      const lines: string[] = [];
      execution.run(["sh", "-c", "readlink /proc/1/exe || true; echo $0"], (line) => lines.push(line));
      expect(lines.at(-1)).toBe("sh");
    });

    test("is given a writable home where the image knows none for its user", () => {
      const { stdout } = runShell(engine.makeRunnerWith([], 4321), 'touch "$HOME/x" && echo "$HOME"');
      expect(stdout).toEqual(["/tmp"]);
    });

    test("reads standard input from a file, and otherwise has none", async () => {
      await using dir = await tempDir();
      await writeFile(dir.join("in"), "from the file");
      const run = async (stdin: string | undefined) => {
        const lines: string[] = [];
        const execution = runner.startExecution(toolIn(BUSYBOX));
        await execution.runAsync(["cat"], {
          onStdout: (line) => lines.push(line),
          ...(stdin === undefined ? {} : { stdin }),
        });
        return lines;
      };
      expect(await run(dir.join("in"))).toEqual(["from the file"]);
      expect(await run(undefined)).toEqual([]);
    });

    test("changes a copy of a mutable input, which is an output", async () => {
      await using dir = await tempDir();
      await writeFile(dir.join("a.txt"), "original\n", { mode: 0o444 });
      const execution = runner.startExecution(toolIn(BUSYBOX));
      const toolPath = execution.inputFile(dir.join("a.txt"), false, true);
      expect(toolPath).toBe("/runcache/output/a.txt");
      const copy = execution.mutableCopy(dir.join("a.txt"));
      execution.run(["sh", "-c", 'echo changed >> "$1"', "sh", toolPath]);
      expect(await readFile(copy, "utf8")).toBe("original\nchanged\n");
      expect(await readFile(dir.join("a.txt"), "utf8")).toBe("original\n");
    });
  });

  describe.skipIf(engine.missing)("through the cache", SLOW, () => {
    test("leaves no value of a variable in it", async () => {
      await using dir = await tempDir();
      const secret = "canary-4711";
      const base = engine.makeRunner({ environ: { TOKEN: secret } });
      const runner = new CachingRunner({ base, cacheDir: dir.join("cache") });
      const result = await runner.exec({ id: "1", name: "x", image: BUSYBOX }, () => ["sh", "-c", '[ -n "$TOKEN" ]']);
      expect(result.status).toBe("miss");
      expect(JSON.stringify(await readTree(dir.join("cache")))).not.toContain(secret);
    });

    test("misses when its variables, network or extra arguments are others", async () => {
      await using dir = await tempDir();
      await mkdir(dir.join("data"));
      const bases = [
        engine.makeRunner(),
        engine.makeRunner({ environ: { A: "1" } }),
        engine.makeRunner({ environ: { A: "2" } }),
        engine.makeRunner({ network: "host" }),
        engine.makeRunnerWith(["--memory", "1g"]),
      ];
      const status = async (base: (typeof bases)[number]) => {
        const runner = new CachingRunner({ base, cacheDir: dir.join("cache") });
        return (await runner.exec({ id: "1", name: "true", image: BUSYBOX }, () => ["true"])).status;
      };
      for (const base of bases) expect(await status(base)).toBe("miss");
      for (const base of bases) expect(await status(base)).toBe("hit");
    });
  });
});
