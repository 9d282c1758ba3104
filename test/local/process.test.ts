import { spawnSync } from "node:child_process";
import { chmod, readFile, writeFile } from "node:fs/promises";
import type { LocalRunnerOptions } from "@runcache/local";
import { describe, expect, it } from "vitest";
import { probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { QUICK, Rig, running, type Tool } from "./rig.js";

const rig = new Rig();

type Run = (tool: Tool, options?: LocalRunnerOptions) => Promise<readonly string[]>;

/** Both ways to run a tool; each returns the lines of standard output. */
const FORMS: readonly (readonly [form: string, run: Run])[] = [
  [
    "run",
    (tool, options) => {
      const lines: string[] = [];
      rig.start(options).run(rig.commandLine(tool), (line) => lines.push(line));
      return Promise.resolve(lines);
    },
  ],
  [
    "runAsync",
    async (tool, options) => {
      const lines: string[] = [];
      await rig.start(options).runAsync(rig.commandLine(tool), { onStdout: (line) => lines.push(line) });
      return lines;
    },
  ],
];

describe.each(FORMS)("a tool started by %s", (_, run) => {
  it("leads a session and a process group of its own", async () => {
    const [row = ""] = await run("ps -o pid=,pgid=,sid= -p $$");
    const [pid, group, session] = row.trim().split(/ +/);
    expect([group, session]).toEqual([pid, pid]);
  });

  it("gets the explicit environment and nothing else", async () => {
    const environ = { PATH: "/usr/bin:/bin", LANG: "C", "odd.name": "1" };
    const lines = await run(["env"], { environ });
    expect(lines.filter((line) => !/^(?:SHLVL|_)=/.test(line)).sort()).toEqual([
      "LANG=C",
      "PATH=/usr/bin:/bin",
      "odd.name=1",
    ]);
  });

  it("gets this process' environment where none is explicit", async () => {
    process.env["RUNCACHE_TEST_VARIABLE"] = "as it is now";
    expect(await run("echo $RUNCACHE_TEST_VARIABLE")).toEqual(["as it is now"]);
    delete process.env["RUNCACHE_TEST_VARIABLE"];
  });

  it.skipIf(requireOrSkip("linux", probes.linux))("gets no descriptor but its three", async () => {
    const script = "ls /proc/self/fd";
    const plain = spawnSync("sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" });
    expect(await run(script)).toEqual(plain.stdout.trimEnd().split("\n"));
  });

  it("has nothing on standard input", async () => {
    expect(await run("wc -c | tr -d ' '")).toEqual(["0"]);
  });

  it("takes with it what it leaves running in its process group", async () => {
    await run('echo $$ >"$0/group"; sleep 1000 &');
    expect(running(await readFile(rig.path("group"), "utf8").then((text) => text.trim()))).toEqual([]);
  });

  it("takes with it what it leaves running and ignores SIGTERM", async () => {
    await run(`echo $$ >"$0/group"; (trap '' TERM; sleep 1000; sleep 1000) &`, { launcher: QUICK });
    expect(running(await readFile(rig.path("group"), "utf8").then((text) => text.trim()))).toEqual([]);
  });

  it.each([
    ["an exit code", "exit 3", { exitCode: 3, signal: null }],
    ["a high exit code", "exit 255", { exitCode: 255, signal: null }],
    ["a signal", "kill -s KILL $$", { exitCode: null, signal: "SIGKILL" }],
    ["a crash", "kill -s SEGV $$", { exitCode: null, signal: "SIGSEGV" }],
  ])("tells %s as it is", async (_title, script, failure) => {
    await expect(async () => run(script)).rejects.toMatchObject({ code: "ERR_RUNCACHE_TOOL_FAILED", ...failure });
  });

  it("is not started where it is not there, which has the shell's exit code", async () => {
    const environ = { PATH: rig.path() };
    await expect(async () => run("true", { environ })).rejects.toMatchObject({
      name: "LaunchError",
      code: "ERR_RUNCACHE_TOOL_NOT_FOUND",
      facts: { program: "sh", exitCode: 127 },
    });
  });

  it("is not started with an argument that the system finds too long", async () => {
    await expect(async () => run(["echo", "x".repeat(3_000_000)])).rejects.toMatchObject({
      name: "LaunchError",
      code: "ERR_RUNCACHE_LAUNCH",
      cause: { code: "E2BIG" },
    });
  });

  it("is not started where it cannot be executed, which has the shell's exit code", async () => {
    await writeFile(rig.path("sh"), "not executable");
    const environ = { PATH: rig.path() };
    await expect(async () => run("true", { environ })).rejects.toMatchObject({
      name: "LaunchError",
      code: "ERR_RUNCACHE_TOOL_NOT_EXECUTABLE",
      facts: { path: rig.path("sh"), exitCode: 126 },
    });
  });
});

describe("a script", () => {
  it("that names no interpreter is run by the shell, as execvp does", async () => {
    await writeFile(rig.path("script"), "echo from the shell\n");
    await chmod(rig.path("script"), 0o755);
    const lines: string[] = [];
    rig.start().run([rig.path("script")], (line) => lines.push(line));
    expect(lines).toEqual(["from the shell"]);
  });

  it("whose interpreter is missing fails as in a shell", async () => {
    await writeFile(rig.path("script"), "#!/nonexistent/interpreter\n");
    await chmod(rig.path("script"), 0o755);
    expect(() => rig.start().run([rig.path("script")])).toThrow(expect.objectContaining({ exitCode: 127 }));
  });
});
