import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { watchedCommand, type Ending } from "./watched-command.js";

const ENDING: Ending = { graceMs: 10_000, stopArgv: undefined };

let dir: string;
let reports: number;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "runcache-watched-"));
  reports = openSync(join(dir, "reports"), "a");
});
afterAll(() => {
  closeSync(reports);
  rmSync(dir, { recursive: true });
});

/** What a program prints that is started plainly, and watched. */
function outputs(argv: readonly [string, ...string[]], env: Readonly<Record<string, string>>): readonly string[] {
  const [file, ...args] = argv;
  const plain = spawnSync(file, args, { env, stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" });
  const watched = watchedCommand(argv, env, ENDING);
  if (watched === null) throw new Error(`${file} cannot be watched`);
  const { stdout } = spawnSync(watched.file, watched.args, {
    env: watched.env,
    stdio: ["ignore", "pipe", "inherit", reports],
    encoding: "utf8",
  });
  return [plain.stdout, stdout];
}

/** The variables that `env -0` printed, less the two with which some shells count themselves. */
function variables(output: string | undefined): string[] {
  const all = (output ?? "").split("\0").sort();
  return all.filter((variable) => !/^(?:SHLVL|_)=/.test(variable));
}

describe("watchedCommand", () => {
  it("reports the process group, the grace in tenths of a second and the stop command", () => {
    const env = { PATH: process.env["PATH"] ?? "" };
    const stopArgv = ["docker", "rm", "-f", "it's  a\nname\\"];
    const watched = watchedCommand(["true"], env, { graceMs: 1_234, stopArgv });
    const child = spawnSync(watched?.file ?? "", watched?.args, {
      env,
      stdio: ["ignore", "ignore", "ignore", reports],
    });
    const [last] = readFileSync(join(dir, "reports"), "utf8").trimEnd().split("\n").slice(-1);
    expect(last).toBe(`+ ${child.pid} 13 'docker' 'rm' '-f' 'it'\\''s  a'"$nl"'name\\'`);
  });

  it("passes arguments on as they are", () => {
    const word = fc.string({ unit: "binary-ascii" }).filter((text) => !text.includes("\0"));
    const env = { PATH: process.env["PATH"] ?? "" };
    fc.assert(
      fc.property(fc.array(word, { maxLength: 4 }), (words) => {
        const [plain, watched] = outputs(["printf", "[%s]", ...words], env);
        expect(watched).toBe(plain);
      }),
      { numRuns: 20 },
    );
  });

  const PATH = process.env["PATH"] ?? "";
  it.each<[title: string, env: Readonly<Record<string, string>>]>([
    ["nothing but PATH", { PATH }],
    ["no PATH", { A: "1" }],
    ["values of every kind", { PATH, EMPTY: "", SPACES: " a  b ", QUOTES: `'"\`$(x)\\`, LINES: "a\nb\n", UTF: "ü€" }],
    ["a PWD that is not the working directory", { PATH, PWD: "/nonexistent", OLDPWD: "/nor this" }],
    ["names that no shell can say", { PATH, "BASH_FUNC_module%%": "() {  echo  1\n}", "npm.x": "1", "1": "2" }],
    [
      "names that shells keep for themselves",
      { PATH, IFS: ":", OPTIND: "7", PPID: "1", PS4: "+", RANDOM: "4", UID: "5" },
    ],
  ])("gives the tool exactly the environment it was given: %s", (_, env) => {
    const [plain, watched] = outputs(["env", "-0"], env);
    expect(variables(watched)).toEqual(variables(plain));
  });

  it("keeps the program's own name", () => {
    const [plain, watched] = outputs(["sh", "-c", "ps -o args= -p $$"], { PATH });
    expect(watched).toBe(plain);
  });

  it.each(["-tool", "a=b"])("does not watch a program called %s, which it could not pass on", (program) => {
    expect(watchedCommand([program], { "odd name": "" }, ENDING)).toBeNull();
  });

  it("refuses a stop command that a pipe could tear apart", () => {
    const stopArgv = ["stop", "x".repeat(500)];
    expect(() => watchedCommand(["true"], {}, { graceMs: 1, stopArgv })).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_STOP_COMMAND" }),
    );
  });
});
