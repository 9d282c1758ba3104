import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { probeScript, runScript } from "./run-script.js";

const PRELUDE = ":";

/** Starts the script as an engine would, with only the variables that it asks for. */
function sh({ args, env }: ReturnType<typeof runScript>, more: Record<string, string> = {}) {
  return spawnSync("/bin/sh", args, {
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin", ...env, ...more },
    stdio: ["ignore", "pipe", "pipe"], // with a socket, bash takes itself for a remote shell
  });
}

test("the text does not depend on the arguments, which follow it", () => {
  expect(runScript(["tool", "--name", "it's"], {}, "cd /x")).toEqual({
    args: [
      "-c",
      'cd /x\ncommand -v bash >/dev/null 2>&1 && exec bash -c \'exec "$@"\' bash "$@"\nexec "$@"',
      "sh",
      "tool",
      "--name",
      "it's",
    ],
    env: {},
  });
});

test("values of variables are in no argument", () => {
  const { args, env } = runScript(["tool"], { TOKEN: "secret", A: "" }, PRELUDE);
  expect(args.join("\n")).not.toContain("secret");
  expect(args[1]).toContain('export TOKEN="$RUNCACHE_ENV_0"; unset RUNCACHE_ENV_0');
  expect(env).toEqual({ RUNCACHE_ENV_0: "secret", RUNCACHE_ENV_1: "" });
});

test("arguments and values reach the tool byte for byte", () => {
  const text = fc.string({ unit: "grapheme" }).map((value) => value.replaceAll("\0", ""));
  const shell = fc.constantFrom("$HOME", "`id`", "$(id)", "*", "'", '"', "\\", "\n", "-n", "--", ";", " ");
  fc.assert(
    fc.property(fc.array(fc.oneof(text, shell)), fc.oneof(text, shell), (args, value) => {
      const print = "for word; do printf '%s\\0' \"$word\"; done; printf '%s\\0' \"$VALUE\"";
      const { stdout } = sh(runScript(["sh", "-c", print, "sh", ...args], { VALUE: value }, PRELUDE));
      expect(stdout.split("\0").slice(0, -1)).toEqual([...args, value]);
    }),
    { numRuns: 30 },
  );
});

test("the tool finds its variables, and none that carried them", () => {
  const { stdout } = sh(runScript(["env"], { HOME: "/nowhere", PATH: "/usr/bin" }, PRELUDE));
  expect(stdout).toContain("HOME=/nowhere\n");
  expect(stdout).toContain("PATH=/usr/bin\n");
  expect(stdout).not.toContain("RUNCACHE_ENV");
});

test("bash starts the tool where it is, so that BASH_ENV is read, and sh where it is not", async () => {
  const dir = await mkdtemp(join(tmpdir(), "runcache-test-"));
  const setUp = join(dir, "set-up.sh");
  await writeFile(setUp, "export SET_UP=yes\n");
  const script = runScript(["/usr/bin/printenv", "SET_UP"], {}, PRELUDE);
  expect(sh(script, { BASH_ENV: setUp }).stdout).toBe("yes\n");
  expect(sh(script, { BASH_ENV: setUp, PATH: "/nowhere", SET_UP: "no" }).stdout).toBe("no\n");
  await rm(dir, { recursive: true });
});

test("the exit code and the signal are the tool's", () => {
  expect(sh(runScript(["sh", "-c", "exit 7"], {}, PRELUDE)).status).toBe(7);
  expect(sh(runScript(["sh", "-c", "kill -KILL $$"], {}, PRELUDE)).signal).toBe("SIGKILL");
});

test.each(["A-B", "1A", "", "A=B", "A B", "A;id"])("the variable name %j is refused", (name) => {
  expect(() => runScript(["tool"], { [name]: "x" }, PRELUDE)).toThrow(
    expect.objectContaining({ code: "ERR_RUNCACHE_ENVIRON_NAME", facts: { name } }),
  );
});

describe("the probe", () => {
  test("says by its exit code whether the tool is there, without running it", () => {
    expect(sh(probeScript(["sh", "-c", "exit 7"], {}, PRELUDE)).status).toBe(0);
    expect(sh(probeScript(["/bin/sh"], {}, PRELUDE)).status).toBe(0);
    expect(sh(probeScript(["no-such-tool"], {}, PRELUDE)).status).toBe(3);
    expect(sh(probeScript(["/etc/passwd"], {}, PRELUDE)).status).toBe(3);
  });
});
