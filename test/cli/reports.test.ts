import { rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeCliRig, type CliRig } from "./rig.js";

// One cache for all: reports change nothing.
let rig: CliRig;
let sorted: string;
let counted: string;

beforeAll(async () => {
  rig = await makeCliRig({ "names.txt": "b\na\n" });
  const sort = ["run", "--out", "sorted.txt", "--", "sort", "-o", "sorted.txt", "names.txt"];
  rig.call(...sort);
  rig.call(...sort);
  rig.callWith(
    { env: { LEVEL: "2" } },
    "run",
    "--env",
    "LEVEL",
    "--",
    "tool",
    "--cat",
    "sorted.txt",
    "--print-error",
    "w",
  );
  const listed = list();
  sorted = keyOf(listed, "command/sort");
  counted = keyOf(listed, "command/tool");
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

interface Listed {
  readonly key: string;
  readonly tool: string;
  readonly pinned: boolean;
}

const list = (...flags: string[]) => JSON.parse(rig.call("ls", "--json", ...flags).stdout) as Listed[];
const keyOf = (listed: readonly Listed[], tool: string) => listed.find((item) => item.tool === tool)?.key ?? "";

describe("ls", () => {
  test("lists entries with tool, size and times; --tool, --since, --sort and --limit choose", () => {
    const { stdout, stderr, code } = rig.call("ls", "--sort", "tool");
    const lines = stdout.trim().split("\n");
    expect([code, stderr, lines.length]).toEqual([0, "", 3]);
    expect(lines[0]).toMatch(/^KEY +TOOL +SIZE +TOOK +MADE +USED +COMMAND$/);
    expect(lines[1]).toMatch(
      new RegExp(`^${sorted.slice(0, 12)}  command/sort +4 B .* sort -o sorted\\.txt names\\.txt$`),
    );
    expect(list("--tool", "sort").map(({ key }) => key)).toEqual([sorted]);
    expect(list("--tool", "command/tool").map(({ key }) => key)).toEqual([counted]);
    expect(list("--tool", "ort")).toEqual([]);
    expect(list("--since", "1d")).toHaveLength(2);
    expect(list("--since", "0")).toEqual([]);
    expect(list("--limit", "1")).toHaveLength(1);
  });

  test("says on standard error that there is nothing, and where there is no cache", () => {
    expect(rig.call("ls", "--tool", "none")).toMatchObject({ code: 0, stdout: "", stderr: "no entries\n" });
    const missing = rig.call("ls", "--cache", rig.at("none"));
    expect(missing.code).toBe(125);
    expect(missing.stderr).toContain("ERR_RUNCACHE_ROOT_MISSING");
  });
});

describe("show", () => {
  test("shows what made an entry, from what, and what it holds, by a shortened key", () => {
    const { stdout } = rig.call("show", sorted.slice(0, 6));
    expect(stdout).toContain(sorted);
    expect(stdout).toContain("sort -o sorted.txt names.txt");
    expect(stdout).toMatch(/input +names\.txt {2}file {2}b3:[0-9a-f]{16}/);
    expect(stdout).toMatch(/output +sorted\.txt {2}4 B {2}b3:[0-9a-f]{16}/);
    expect(rig.call("show", counted).stdout).toMatch(/stderr +2 B\n {2}w\n/);
  });

  test("gives the whole record as JSON", () => {
    const record = JSON.parse(rig.call("show", sorted, "--json").stdout) as Record<string, unknown>;
    expect(record).toMatchObject({ key: sorted, exitCode: 0, parts: { tool: { name: "sort" } } });
  });

  test("never shows the value of a variable", () => {
    expect(rig.call("show", counted).stdout).toMatch(/env .*LEVEL/);
    expect(rig.call("show", counted, "--json").stdout).not.toContain('"2"');
  });

  test.each([
    ["no key", "xyz", "ERR_RUNCACHE_KEY_FORM"],
    ["too few digits", "ab", "ERR_RUNCACHE_KEY_FORM"],
    ["a key that no entry has", "0".repeat(64), "ERR_RUNCACHE_NO_ENTRY"],
    ["a beginning that no key has", "00000000", "ERR_RUNCACHE_NO_ENTRY"],
  ])("refuses %s", (_, key, code) => {
    const ended = rig.call("show", key);
    expect(ended.code).toBe(125);
    expect(ended.stderr).toContain(code);
  });

  test("gives errors as JSON too", () => {
    const { stderr } = rig.call("show", "0".repeat(64), "--json");
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: "ERR_RUNCACHE_NO_ENTRY" } });
  });
});

describe("diff, cat and path", () => {
  test("diff names what differs in key and outputs, and says so by its exit code", () => {
    expect(rig.call("diff", sorted, sorted)).toMatchObject({ code: 0, stdout: "" });
    const { code, stdout } = rig.call("diff", sorted, counted);
    expect(code).toBe(1);
    expect(stdout).toContain("the program: sort → tool");
    expect(stdout).toMatch(/output +sorted\.txt removed/);
    expect(stdout).toMatch(/output +\(stderr\) changed/);
  });

  test("cat writes an output or a stream as it is", () => {
    expect(rig.call("cat", sorted, "sorted.txt").stdout).toBe("a\nb\n");
    expect(rig.call("cat", counted).stdout).toBe("a\nb\n");
    expect(rig.call("cat", counted, "--stderr").stdout).toBe("w\n");
    expect(rig.call("cat", sorted, "sorted.tx").stderr).toContain("did you mean sorted.txt?");
    expect(rig.call("cat", sorted, "../../../names.txt").code).toBe(125);
  });

  test("path prints where the outputs lie", () => {
    expect(rig.shell(`cat "$(runcache path ${sorted.slice(0, 8)})/sorted.txt"`).stdout).toBe("a\nb\n");
    expect(rig.shell(`cat "$(runcache path ${sorted.slice(0, 8)} sorted.txt)"`).stdout).toBe("a\nb\n");
    expect(rig.call("path", sorted, "sorted.tx").stderr).toContain("did you mean sorted.txt?");
  });
});

describe("graph", () => {
  test("follows inputs to the entries that made them, as a tree, for Mermaid and for Graphviz", () => {
    expect(rig.call("graph", counted).stdout).toBe(
      `tool ${counted.slice(0, 12)}\n  sort ${sorted.slice(0, 12)}  (sorted.txt)\n`,
    );
    expect(rig.call("graph", counted, "--format", "mermaid").stdout).toContain(
      `k${sorted.slice(0, 12)} -->|"sorted.txt"| k${counted.slice(0, 12)}`,
    );
    expect(rig.call("graph", counted, "--format", "dot").stdout).toMatch(/^digraph lineage \{\n[^]*\n\}\n$/);
    expect(JSON.parse(rig.call("graph", counted, "--json").stdout)).toMatchObject({
      root: counted,
      entries: [
        { key: counted, from: [{ key: sorted, through: ["sorted.txt"] }] },
        { key: sorted, from: [] },
      ],
    });
  });
});

describe("why", () => {
  test("says hit or miss and what differs, and runs nothing", async () => {
    const words = ["why", "--out", "sorted.txt", "--"];
    const before = await rig.tool.count();
    expect(rig.call(...words, "sort", "-o", "sorted.txt", "names.txt")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^hit [0-9a-f]{12}: made .* saves /) as string,
    });
    const miss = rig.call(...words, "sort", "-u", "sorted.txt", "names.txt");
    expect(miss.code).toBe(1);
    expect(miss.stdout).toContain("argument 1: -o → -u\n");
    expect(miss.stdout).toContain(`nearest: ${sorted.slice(0, 12)}`);
    expect(rig.call("why", "--", "tool").stdout).toContain("not cached: no input is known");
    expect(await rig.tool.count()).toBe(before);
  });

  test("names an added argument, also as JSON, in the words of a command line", () => {
    const words = ["--out", "sorted.txt", "--", "sort", "-r", "-o", "sorted.txt", "names.txt"];
    expect(rig.call("why", ...words).stdout).toMatch(/^miss \S+\n {2}argument 1: -r added\n {2}nearest/);
    const { explanation, differences } = JSON.parse(rig.call("why", "--json", ...words).stdout) as {
      explanation: string;
      differences: { name: string; text: string }[];
    };
    expect(explanation).toBe("argument 1: -r added");
    expect(differences[0]).toMatchObject({ name: "params.argv[1]", text: 'argument 1: "-o" → "-r"' });
    const missing = rig.call("why", "--extra", "generation=2", ...words.slice(0, 4), ...words.slice(5)).stdout;
    expect(rig.call("why", "--out", "x", ...words).stdout).toContain("--out x added");
    expect(missing).toContain('--extra generation: absent → "2"');
  });

  test("names a changed input, also as JSON", () => {
    const other = rig.temp.join("work");
    writeFileSync(`${other}/more.txt`, "1");
    const flags = ["--in", "more.txt", "--out", "sorted.txt", "--", "sort", "-o", "sorted.txt", "names.txt"];
    expect(JSON.parse(rig.call("why", "--json", ...flags).stdout)).toMatchObject({
      status: "miss",
      reason: "absent",
      nearest: sorted,
    });
    rmSync(`${other}/more.txt`);
  });
});

describe("stats", () => {
  test("counts hits and misses with their reasons, by tool, by user and in all", () => {
    const { counts, contents } = JSON.parse(rig.call("stats", "--json").stdout) as {
      counts: { all: object; byTool: Record<string, object> };
      contents: object;
    };
    expect(counts.all).toMatchObject({ hits: 1, misses: 2, missReasons: { absent: 2 }, notStored: 0 });
    expect(counts.byTool["command/sort"]).toMatchObject({ hits: 1, misses: 1, storedBytes: 4 });
    expect(contents).toMatchObject({ entries: 2 });
    const text = rig.call("stats").stdout;
    expect(text).toMatch(/command\/sort +1 +1 +50 % /);
    expect(text).toMatch(/all +1 +2 +33 % /);
    expect(text).toContain("misses: 2 not run before, or pruned");
    expect(rig.call("stats", "--since", "0").stdout).toMatch(/all +0 +0 /);
    expect(rig.call("stats", "--until", "1d").stdout).toMatch(/all +0 +0 /);
    expect(rig.call("stats", "--since", "2020-01-01", "--until", "0").stdout).toMatch(/all +1 +2 /);
    expect(rig.call("stats", "--since", "lately").stderr).toContain("a date like");
    expect(rig.call("stats", "--by-user").stdout).not.toContain("command/sort");
  });
});

describe("a reader that goes away", () => {
  test("is no error", () => {
    expect(rig.shell("{ runcache help run; echo $? >&2; } | true")).toMatchObject({ stderr: "0\n" });
  });
});
