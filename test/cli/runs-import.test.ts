import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { fileURLToPath } from "node:url";
import { integer, real, RunStore, text } from "@runcache/runs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeCliRig, type CliRig } from "./rig.js";

const FIXTURES = fileURLToPath(new URL("../runs/fixtures/entropic", import.meta.url));
const SQLITE = "old/sqlite/runs.sqlite3";
const TINYDB = "old/tinydb/runs.json";

let rig: CliRig;

beforeEach(async () => {
  rig = await makeCliRig();
  cpSync(FIXTURES, rig.at("old"), { recursive: true });
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

const importing = (...words: string[]) => rig.call("runs", "import", ...words);
const imported = (...words: string[]): unknown => {
  const { code, stdout, stderr } = importing(...words, "--json");
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  return JSON.parse(stdout) as unknown;
};

interface Listed {
  readonly resultFile: string;
  readonly version: string;
  readonly params: Readonly<Record<string, unknown>>;
}
const listed = (...words: string[]) =>
  JSON.parse(rig.call("runs", "ls", "--dir", "runs", "--json", ...words).stdout) as Listed[];

describe("entropic's SQLite file", () => {
  test("becomes a new store; what is left out is said, and is the exit code", () => {
    expect(importing("--dir", "runs", "--name", "decay", SQLITE)).toEqual({
      code: 1,
      signal: null,
      stdout: "imported 6 runs into the store decay\n",
      stderr: expect.stringMatching(
        /^left out a7fa6abb5ca72f55: there is no results\/a7fa6abb5ca72f55\.txt\nleft out masked: params\.mask .*\n$/,
      ) as string,
    });
    expect(listed("--where", "n=3 and dt=0.3")).toMatchObject([
      { version: "1", resultFile: rig.at("old/sqlite/results/4fbc18d1d10147ec.txt") },
    ]);
  });

  test("is imported once", () => {
    const words = ["--dir", "runs", "--name", "decay", "--version", "2", SQLITE];
    const skipped = [
      { id: "a7fa6abb5ca72f55", reason: "no-result" },
      { id: "masked", reason: "params" },
    ];
    expect(imported(...words)).toMatchObject({ dryRun: false, name: "decay", imported: 6, present: 0, skipped });
    expect(imported(...words)).toMatchObject({ imported: 0, present: 6, skipped });
    expect(importing("--dir", "runs", "--version", "2", SQLITE).stdout).toBe(
      "imported 0 runs into the store decay\n6 were there already\n",
    );
    expect(listed().map(({ version }) => version)).toEqual(Array.from({ length: 6 }, () => "2"));
  });

  test("a dry run says the same, and makes nothing", async () => {
    const words = ["--dir", "runs", "--name", "decay", SQLITE];
    expect(imported(...words, "--dry-run")).toMatchObject({ dryRun: true, imported: 6, present: 0 });
    expect(importing(...words, "--dry-run").stdout).toBe("would import 6 runs into the store decay\n");
    expect(existsSync(rig.at("runs"))).toBe(false);

    await using store = new RunStore({ dir: rig.at("runs"), name: "other" });
    await store.runOrRetrieve({ n: 1 }, (_, { resultFile }) => writeFileSync(resultFile, ""));
    await store.close();
    expect(imported(...words, "--dry-run")).toMatchObject({ imported: 6, present: 0 });
    expect(readdirSync(rig.at("runs/.index")).filter((name) => name.startsWith("decay"))).toEqual([]);
    expect(listed()).toHaveLength(1);

    imported(...words);
    expect(imported(...words, "--dry-run")).toMatchObject({ imported: 0, present: 6 });
  });

  test("copies need the old files no longer", () => {
    imported("--dir", "runs", "--name", "decay", "--copy", "--suffix", ".txt", SQLITE);
    rmSync(rig.at("old"), { recursive: true });
    const [run] = listed("--where", "n=3");
    expect(run?.resultFile.endsWith("/result.txt")).toBe(true);
    expect(readFileSync(run?.resultFile ?? "", "utf8")).toBe('[3, 0.30000000000000004, "rk4"]');
  });

  test("results are looked for where they were moved, or from where the program was started", () => {
    renameSync(rig.at("old/sqlite/results"), rig.at("results"));
    rmSync(rig.at("old/sqlite/elsewhere"), { recursive: true });
    expect(imported("--dir", "runs", "--name", "moved", "--results", "results", SQLITE)).toMatchObject({ imported: 4 });
    renameSync(rig.at(SQLITE), rig.at("db.sqlite3"));
    const words = ["--dir", "runs", "--name", "started", "db.sqlite3"];
    expect(imported(...words)).toMatchObject({ imported: 4 });
    renameSync(rig.at("results"), rig.at("old/results"));
    expect(imported(...words)).toMatchObject({ imported: 0, present: 0 });
    expect(imported(...words, "--working-dir", "old")).toMatchObject({ imported: 4 });
  });

  test("fills a store that is there, with its columns", async () => {
    const columns = { n: integer(), dt: real(), method: text() };
    await using store = new RunStore({ dir: rig.at("runs"), name: "decay", columns });
    const params = { n: 3, dt: 0.3, method: "rk4", adaptive: true };
    const own = await store.runOrRetrieve(params, (_, { resultFile }) => writeFileSync(resultFile, "mine"));
    expect(imported("--dir", "runs", SQLITE)).toMatchObject({ name: "decay", imported: 5, present: 1 });
    expect(await store.list({ where: params })).toEqual([own]);
    expect((await store.list({ orderBy: "n" })).map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 5]);
  });

  test("in a group's cache is everybody's, index included, whatever the umask", () => {
    rig.call("init", "runs", "--shared", "group");
    rig.shell(`umask 077; runcache runs import --dir runs --name decay ${SQLITE}`);
    const modes = ["", "decay.sqlite", "decay.store.json"].map((name) => statSync(rig.at("runs/.index", name)).mode);
    expect(modes.map((mode) => (mode & 0o7777).toString(8))).toEqual(["2770", "660", "660"]);
  });

  test("NULL is absent, or null", () => {
    imported("--dir", "runs", "--name", "decay", "--nulls", "null", SQLITE);
    expect(listed("--where", "n=3")[0]?.params).toMatchObject({ seed: null });
  });
});

test("entropic's TinyDB file is imported, too", () => {
  const words = ["--dir", "runs", "--name", "decay", "--results", "old/tinydb/results", TINYDB];
  expect(imported(...words)).toMatchObject({ imported: 5, present: 0, skipped: [{ id: "e730f79a319c0fd8" }] });
  expect(listed("--where", "n=4").map(({ resultFile }) => readFileSync(resultFile, "utf8"))).toHaveLength(2);
});

test("many that are left out are counted, and nothing is left out in silence", () => {
  const document = { created_at: "2026-01-02T03:04:05+00:00", n: 1 };
  const documents = Array.from({ length: 25 }, (_, at) => [at, { ...document, params_hash: `h${at}` }]);
  writeFileSync(rig.at("db.json"), JSON.stringify({ _default: Object.fromEntries(documents) as object }));
  const { stderr } = importing("--dir", "runs", "--name", "decay", "db.json");
  expect(stderr.trimEnd().split("\n")).toHaveLength(21);
  expect(stderr).toContain("left out h0: it names no result file\n");
  expect(stderr).toContain("… and 5 more: --json names all\n");
});

describe("mistakes are named", () => {
  test.each([
    [["--dir", "runs", SQLITE], "--name NAME makes a store"],
    [["--dir", "runs", "--name", "decay", "missing.sqlite3"], "no such file"],
    [["--dir", "runs", "--name", "decay", "--table", "dacay", SQLITE], "decay does"],
    [["--dir", "runs", "--name", "de cay", SQLITE], "cannot have this name"],
    [["--dir", "runs", "--name", "decay", "--suffix", "h5", SQLITE], "ending with its dot"],
    [["--dir", "runs", "--name", "decay", "--nulls", "none", SQLITE], "one of absent, null"],
    [["--dir", "old", "--name", "decay", SQLITE], "is not a cache"],
    [["--dir", "runs", "--name", "decay"], "FILE"],
  ])("%j", (words, message) => {
    const { code, stderr, stdout } = importing(...words);
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
  });

  test("an empty directory may become a store", () => {
    mkdirSync(rig.at("runs"));
    expect(imported("--dir", "runs", "--name", "decay", "--dry-run", SQLITE)).toMatchObject({ imported: 6 });
    expect(readdirSync(rig.at("runs"))).toEqual([]);
    expect(imported("--dir", "runs", "--name", "decay", SQLITE)).toMatchObject({ imported: 6 });
  });
});
