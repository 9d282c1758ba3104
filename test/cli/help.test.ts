import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { onPath } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { makeCliRig, type CliRig } from "./rig.js";

let rig: CliRig;

beforeAll(async () => {
  rig = await makeCliRig();
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

describe("help", () => {
  test("is what runcache alone, --help and help give; --help after a command is its page", () => {
    const overview = rig.call("help").stdout;
    expect(overview).toContain("Every later run with the same inputs is a lookup.");
    expect(rig.call().stdout).toBe(overview);
    expect(rig.call("--help").stdout).toBe(overview);
    expect(rig.call("ls", "--help").stdout).toBe(rig.call("help", "ls").stdout);
    expect(rig.call("run", "--", "tool", "--help").stdout).not.toContain("Usage");
  });

  test("has a page for every command and topic that it lists, each with its flags and an example", () => {
    const names = rig.call("help").stdout.match(/^ {2}[a-z][a-z-]*(?= {2,})/gm) ?? [];
    expect(names.length).toBeGreaterThan(15);
    for (const name of names.map((line) => line.trim())) {
      const page = rig.call("help", name);
      expect({ name, code: page.code, stderr: page.stderr }).toEqual({ name, code: 0, stderr: "" });
      expect(Math.max(...page.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
    }
    expect(rig.call("help", "run").stdout).toMatch(/--ok-exit CODES/);
    expect(rig.call("help", "run").stdout).toMatch(/Examples\n {2}# /);
  });

  test("knows what was meant", () => {
    expect(rig.call("help", "exit-code").stderr).toContain("did you mean exit-codes?");
    expect(rig.call("rnu").stderr).toContain("did you mean 'run'?");
    expect(rig.call("sort", "names.txt").stderr).toContain("'runcache run -- sort …'");
    expect(rig.call("stat").stderr).toContain("did you mean 'stats'?");
  });

  test("--version says which one this is", () => {
    expect(rig.call("--version").stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
  });
});

describe("colours", () => {
  test("are only for terminals, for those who want them, and for nobody with NO_COLOR", () => {
    const escape = String.fromCharCode(27);
    expect(rig.call("help").stdout).not.toContain(escape);
    expect(rig.callWith({ env: { FORCE_COLOR: "1" } }, "help").stdout).toContain(escape);
    expect(rig.callWith({ env: { FORCE_COLOR: "1", NO_COLOR: "1" } }, "help").stdout).not.toContain(escape);
    const inTerminal = (env: string) => rig.shell(`script -qec '${env} runcache help' /dev/null </dev/null`).stdout;
    expect(inTerminal("TERM=xterm")).toContain(escape);
    expect(inTerminal("TERM=dumb")).not.toContain(escape);
  });
});

describe("completion", () => {
  const bash = (line: string) =>
    rig
      .shell(
        `bash -c 'source <(runcache completion bash); COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _runcache; printf "%s\\n" "\${COMPREPLY[@]}"'`,
      )
      .stdout.trim();

  test("in bash completes commands, flags, values, keys and files of the wrapped command", () => {
    expect(bash("runcache pr")).toBe("prune");
    expect(bash("runcache prune --max-a")).toBe("--max-age");
    expect(bash("runcache prune --by c")).toBe("cost");
    expect(bash("runcache run --out x -- tool in.t")).toBe("in.txt");
    expect(bash("runcache help exit")).toBe("exit-codes");
    rig.call("run", "--", "tool", "--cat", "in.txt");
    const [{ key } = { key: "" }] = JSON.parse(rig.call("ls", "--json").stdout) as { key: string }[];
    expect(bash(`runcache show ${key.slice(0, 4)}`)).toBe(key.slice(0, 12));
  });

  test.skipIf(requireOrSkip("zsh", onPath("zsh")))("for zsh is a script that zsh reads", () => {
    expect(rig.shell("runcache completion zsh >_runcache && zsh -n _runcache")).toMatchObject({ code: 0, stderr: "" });
  });

  test.skipIf(requireOrSkip("fish", onPath("fish")))("for fish completes commands, flags and values", () => {
    const fish = (line: string) =>
      rig.shell(`runcache completion fish >c.fish; fish -c 'source c.fish; complete -C "${line}"'`).stdout;
    expect(fish("runcache pru")).toMatch(/^prune\t/);
    expect(fish("runcache prune --max-a")).toMatch(/^--max-age\t/);
    expect(fish("runcache prune --by ")).toContain("cost");
    expect(fish("runcache run -- too")).toMatch(/^tool\t?/m);
    expect(fish("runcache run -v --out x -- tool in.t")).toBe("in.txt\n");
  });

  test("of another shell is refused with those that there are", () => {
    expect(rig.call("completion", "tcsh").stderr).toContain("bash, zsh, fish");
  });
});
