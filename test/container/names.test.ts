import { mkdir, readdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { tempDir } from "../kit/temp-dir.js";
import { BUSYBOX, engines, runShell, toolIn, SLOW } from "./engines.js";

/** Each breaks, or breaks out of, some way of naming a mount, quoting a word or listing a directory. */
const HOSTILE_NAMES = [
  "z,type=bind,source=/etc,target=/hostetc",
  "a,b",
  "a:b:ro",
  'say "hello"',
  '",source=/etc,"',
  "it's",
  " both ends ",
  "two\nlines",
  "back\\slash",
  "$HOME ${PATH}",
  "$(touch /runcache/output/injected)",
  "`touch /runcache/output/injected`",
  "-v",
  "{}*?[a-z]~;&|<>#%s",
  "Grüße 😀 e\u0301",
];

test("there are fifteen of them", () => {
  expect(new Set(HOSTILE_NAMES).size).toBe(15);
});

describe.each(engines)("$name", (engine) => {
  describe.skipIf(engine.missing)("with a hostile name", SLOW, () => {
    const runner = engine.makeRunner();
    const ownMounts = new Set(mountPoints(runShell(runner, "cat /proc/self/mountinfo").stdout));

    test.each(HOSTILE_NAMES)(
      "%j: file, directory and file beside it are read, and nothing else is mounted",
      async (hostile) => {
        await using dir = await tempDir();
        const name = basename(hostile); // some are paths: each part of a path may be hostile
        const [file, directory] = [dir.join("files", hostile), dir.join("directories", hostile)];
        await mkdir(directory, { recursive: true });
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, "of the file");
        await writeFile(join(directory, name), "in the directory");
        await writeFile(join(dirname(directory), "beside"), "beside the directory");

        const execution = runner.startExecution(toolIn(BUSYBOX));
        const inputs = [
          execution.inputFile(file),
          execution.inputFile(directory),
          execution.inputFile(directory, true),
        ] as const;
        expect(inputs.map((path) => basename(path))).toEqual([name, name, name]);
        const outputDir = execution.outputFile(".");
        const read = 'cat "$1"; echo; cat "$2/${2##*/}"; echo; cat "$3/${3##*/}"; echo; cat "${3%/*}/beside"; echo';
        const lines: string[] = [];
        const script = `${read}; echo written > "./\${1##*/}"; cat /proc/self/mountinfo`;
        execution.run(["sh", "-c", script, "sh", ...inputs], (line) => lines.push(line));

        expect(lines.slice(0, 4)).toEqual([
          "of the file",
          "in the directory",
          "in the directory",
          "beside the directory",
        ]);
        const mounted = mountPoints(lines.slice(4)).filter((point) => !ownMounts.has(point));
        expect(mounted.sort()).toEqual([inputs[0], inputs[1], dirname(inputs[2])].sort());
        expect(await readdir(outputDir)).toEqual([name]);
      },
    );
  });

  describe.skipIf(engine.missing)("inputs", SLOW, () => {
    const runner = engine.makeRunner();

    test("of one name are told apart, and so is one below another", async () => {
      await using dir = await tempDir();
      await mkdir(dir.join("a/x"), { recursive: true });
      await mkdir(dir.join("b"));
      await writeFile(dir.join("a/x/same"), "first");
      await writeFile(dir.join("b/same"), "second");
      const inputs = [dir.join("a/x/same"), dir.join("b/same"), dir.join("a"), dir.join("a/x")];
      const { stdout } = runShell(
        runner,
        'cat "$1"; echo; cat "$2"; echo; cat "$3/x/same"; echo; cat "$4/same"; echo',
        inputs,
      );
      expect(stdout).toEqual(["first", "second", "first", "first"]);
    });

    test("may have a name of 200 characters", async () => {
      await using dir = await tempDir();
      const name = "n".repeat(200);
      await writeFile(dir.join(name), "long");
      expect(runShell(runner, 'cat "$1"; basename "$1"', [dir.join(name)]).stdout).toEqual([`long${name}`]);
    });

    test("cannot be written by the tool", async () => {
      await using dir = await tempDir();
      await writeFile(dir.join("in"), "kept");
      const { stdout } = runShell(runner, '(echo lost > "$1") 2>/dev/null || cat "$1"', [dir.join("in")]);
      expect(stdout).toEqual(["kept"]);
    });

    test("that no engine can mount are refused when they are registered", async () => {
      await using dir = await tempDir();
      await writeFile(dir.join("a\r\nb"), "");
      const execution = runner.startExecution(toolIn(BUSYBOX));
      expect(() => execution.inputFile(dir.join("a\r\nb"))).toThrow(
        expect.objectContaining({ code: "ERR_RUNCACHE_MOUNT_NAME" }),
      );
    });
  });
});

/** Mount points in lines of /proc/self/mountinfo, which writes bytes of white space and backslashes as octal numbers. */
function mountPoints(lines: readonly string[]): string[] {
  return lines.map((line) =>
    (line.split(" ")[4] ?? "").replaceAll(/\\(\d{3})/g, (_match, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    ),
  );
}
