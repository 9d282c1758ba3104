import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { integer, jsonlIndex, memoryIndex, real, RunStore, sqliteIndex, text, type IndexFactory } from "@runcache/runs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeCliRig, type CliRig } from "./rig.js";

let rig: CliRig;

beforeAll(async () => {
  rig = await makeCliRig();
  await makeRuns("runs", "decay");
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

interface Made {
  readonly version?: string;
  readonly index?: IndexFactory;
}

/** Four runs: two of each method, two of each dt. Returns their ids. */
async function makeRuns(dir: string, name: string, { version = "1", index = sqliteIndex }: Made = {}) {
  const columns = { n: integer(), dt: real(), method: text() };
  await using store = new RunStore({ dir: rig.at(dir), name, version, index, columns, fileSuffix: ".txt" });
  const ids: string[] = [];
  for (const method of ["rk4", "euler"]) {
    for (const dt of [0.1, 0.001]) {
      const { id } = await store.runOrRetrieve(
        { n: 5, dt, method, label: "ä b" },
        (params, { resultFile }) => writeFileSync(resultFile, JSON.stringify(params)),
        { metadata: { host: "here", order: method === "rk4" ? 4 : 1 } },
      );
      ids.push(id);
    }
  }
  return ids;
}

interface Listed {
  readonly id: string;
  readonly version: string;
  readonly params: { readonly dt: number; readonly method: string };
  readonly metadata: object;
  readonly resultFile: string;
}

function json(...words: string[]): unknown {
  const { code, stdout, stderr } = rig.call("runs", ...words, "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as unknown;
}

const rows = (...words: string[]) => json(...words) as readonly Listed[];

const listed = (...words: string[]) =>
  rows("ls", "--dir", "runs", ...words).map(({ params }) => `${params.method} ${params.dt}`);

describe("ls", () => {
  test("lists the runs that conditions select", () => {
    expect(listed()).toEqual(["rk4 0.1", "rk4 0.001", "euler 0.1", "euler 0.001"]);
    expect(listed("--where", "dt<0.01 and method=rk4")).toEqual(["rk4 0.001"]);
    expect(listed("--where", "dt<0.01", "--where", 'not method in ("rk4")')).toEqual(["euler 0.001"]);
    expect(listed("--where", "metadata.order>1 and label like 'ä%'")).toEqual(["rk4 0.1", "rk4 0.001"]);
    expect(listed("--order-by=-dt", "--order-by", "method", "--limit", "3")).toEqual([
      "euler 0.1",
      "rk4 0.1",
      "euler 0.001",
    ]);
    expect(listed("--since", "2020-01-01")).toHaveLength(4);
    expect(listed("--since", "2999-01-01")).toEqual([]);
  });

  test("is a table for people, and says where there is nothing", () => {
    const { stdout, code } = rig.call("runs", "ls", "--dir", "runs", "--where", "method=rk4", "--limit", "1");
    const [head, row, ...rest] = stdout.split("\n");
    expect(head).toMatch(/^ID +MADE +TOOK +SIZE +PARAMS$/);
    expect(row).toMatch(/^[0-9a-f]{16} .* dt=0\.1 label="ä b" method="rk4" n=5$/);
    expect({ code, rest }).toEqual({ code: 0, rest: [""] });
    expect(rig.call("runs", "ls", "--dir", "runs", "--where", "n=6")).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "no runs\n",
    });
  });

  test("leaves the index as it is, with its columns", () => {
    const file = rig.at("runs/.index/decay.sqlite");
    const before = readFileSync(file);
    listed("--where", "method=rk4");
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("lists every version, and says which", async () => {
    await makeRuns("versions", "decay");
    await makeRuns("versions", "decay", { version: "two" });
    expect(rows("ls", "--dir", "versions")).toHaveLength(8);
    expect(rows("ls", "--dir", "versions", "--version", "two").map(({ version }) => version)).toEqual(
      Array.from({ length: 4 }, () => "two"),
    );
    expect(rig.call("runs", "ls", "--dir", "versions").stdout).toMatch(/^ID +VERSION +MADE/);
  });

  test("finds stores whose index is text, or elsewhere", async () => {
    for (const [dir, index, files] of [
      ["lines", jsonlIndex, ["decay.jsonl", "decay.store.json"]],
      ["none", memoryIndex, ["decay.store.json"]],
    ] as const) {
      await makeRuns(dir, "decay", { index });
      expect(rows("ls", "--dir", dir, "--where", "dt<0.01 and method=rk4")).toHaveLength(1);
      expect(readdirSync(rig.at(dir, ".index"))).toEqual(files);
    }
  });
});

describe("which store", () => {
  test("needs a name where there are several", async () => {
    await makeRuns("two", "decay");
    await makeRuns("two", "growth");
    expect(rig.call("runs", "ls", "--dir", "two")).toMatchObject({
      code: 125,
      stderr: expect.stringContaining("give the name of one (decay, growth)") as string,
    });
    expect(rows("ls", "--dir", "two", "--name", "growth")).toHaveLength(4);
    expect(rig.call("runs", "ls", "--dir", "two", "--name", "groth").stderr).toContain("did you mean growth?");
  });

  test("is the cache where no directory is given; none is made", () => {
    expect(rig.call("runs", "ls").stderr).toContain(rig.cacheDir);
    expect(rig.call("runs", "ls", "--dir", "nowhere")).toMatchObject({
      code: 125,
      stderr: expect.stringContaining("nowhere") as string,
    });
    expect(existsSync(rig.at("nowhere"))).toBe(false);
    expect(rig.call("run", "--cache", "tools", "--", "tool", "--cat", "in.txt").code).toBe(0);
    expect(rig.call("runs", "ls", "--dir", "tools").stderr).toContain("no run of a store");
  });
});

describe("show", () => {
  test("shows a run by the beginning of its id", () => {
    const [run] = rows("ls", "--dir", "runs", "--where", "dt<0.01 and method=rk4");
    const { stdout } = rig.call("runs", "show", "--dir", "runs", run?.id.slice(0, 10) ?? "");
    expect(stdout).toContain(`id        ${run?.id}\n`);
    expect(stdout).toContain("store     decay, version 1\n");
    expect(stdout).toContain('param     method="rk4"\n');
    expect(stdout).toContain('metadata  host="here"\n');
    expect(stdout).toContain(run?.resultFile);
    expect(json("show", "--dir", "runs", run?.id ?? "")).toEqual(run);
    expect(JSON.parse(readFileSync(run?.resultFile ?? "", "utf8"))).toMatchObject({ dt: 0.001 });
  });

  test("says what is no id, and what no run has", () => {
    expect(rig.call("runs", "show", "--dir", "runs", "xyz").stderr).toContain("[ERR_RUNCACHE_RUN_ID]");
    expect(rig.call("runs", "show", "--dir", "runs", "0".repeat(64)).stderr).toContain("[ERR_RUNCACHE_NO_RUN]");
  });
});

describe("plan", () => {
  const plan = (...words: string[]) => json("plan", "--dir", "runs", ...words);

  test("counts the points of a grid", () => {
    const axes = ["--grid", "n=5", "--grid", "dt=0.1,0.01", "--grid", "method=rk4,euler", "--grid", "label='ä b'"];
    expect(plan(...axes)).toMatchObject({ version: "1", total: 4, present: 2, missing: 2, repeated: 0 });
    const { stdout } = rig.call("runs", "plan", "--dir", "runs", ...axes);
    expect(stdout).toMatch(/^4 points of version 1\n2 there\n2 to run: about .*\n$/);
    expect(plan("--version", "2", ...axes)).toMatchObject({ version: "2", present: 0 });
  });

  test("counts the points of a file, or of standard input", () => {
    const point = { method: "rk4", dt: 0.1, n: 5, label: "ä b" };
    const lines = [point, { ...point, dt: 0.1 + 1e-16 }, { ...point, dt: 7 }].map((line) => JSON.stringify(line));
    writeFileSync(rig.at("points.jsonl"), `${lines.join("\n\n")}\n`);
    const wanted = { total: 3, present: 1, missing: 1, repeated: 1 };
    expect(plan("points.jsonl")).toMatchObject(wanted);
    const piped = rig.callWith({ input: lines.join("\r\n") }, "runs", "plan", "--dir", "runs", "-", "--json");
    expect(JSON.parse(piped.stdout)).toMatchObject(wanted);
  });

  test.each([
    [[], "say which runs"],
    [["points.jsonl", "--grid", "a=1"], "leave points.jsonl or --grid out"],
    [["missing.jsonl"], "ENOENT"],
    [["broken.jsonl"], "line 2 of broken.jsonl is no JSON object: [1]"],
    [["--grid", "dt"], "write NAME=VALUE"],
    [["--grid", "dt=1", "--grid", "dt=2"], 'names "dt" twice'],
  ])("refuses %j", (words, message) => {
    writeFileSync(rig.at("broken.jsonl"), "{}\n[1]\n");
    const { code, stderr } = rig.call("runs", "plan", "--dir", "runs", ...words);
    expect(code).toBe(125);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
  });
});

describe("rm", () => {
  test("shows what would go, and deletes only with --yes", async () => {
    await makeRuns("rm", "decay");
    const where = ["--dir", "rm", "--where", "method=euler"];
    expect(rig.call("runs", "rm", ...where)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('method="euler"') as string,
      stderr: "2 runs would go, and nothing was deleted: --yes deletes\n",
    });
    expect(rows("ls", "--dir", "rm")).toHaveLength(4);
    expect(rig.call("runs", "rm", ...where, "--yes").stdout).toBe("deleted 2 runs\n");
    expect(rows("ls", "--dir", "rm").map(({ params }) => params.method)).toEqual(["rk4", "rk4"]);
  });

  test("by ids removes results on request", async () => {
    const ids = await makeRuns("rm-files", "decay");
    const { resultFile } = json("show", "--dir", "rm-files", ids[0] ?? "") as Listed;
    expect(existsSync(resultFile)).toBe(true);
    expect(json("rm", "--dir", "rm-files", ids[0] ?? "", ids[0] ?? "", "--files", "-y")).toMatchObject({
      deleted: true,
      runs: [{ id: ids[0] }],
    });
    expect(existsSync(resultFile)).toBe(false);
    expect(rows("ls", "--dir", "rm-files")).toHaveLength(3);
  });

  test("never says that a run was deleted which is there all the same", async () => {
    const [id = ""] = await makeRuns("rm-changed", "decay");
    const { resultFile } = json("show", "--dir", "rm-changed", id) as Listed;
    rmSync(resultFile);
    const { code, stdout } = rig.call("runs", "rm", "--dir", "rm-changed", id, "--yes");
    const isListed = rows("ls", "--dir", "rm-changed").some((run) => run.id === id);
    expect({ code, stdout }).toEqual(
      isListed ? { code: 1, stdout: "deleted 0 runs\n" } : { code: 0, stdout: "deleted 1 run\n" },
    );
  });

  test("of everything has to be said", () => {
    expect(rig.call("runs", "rm", "--dir", "runs", "--yes").stderr).toContain("[ERR_RUNCACHE_WHICH_RUNS]");
    expect(rig.call("runs", "rm", "--dir", "runs", "abcd", "--where", "n=5").code).toBe(125);
    expect(listed()).toHaveLength(4);
  });
});

test("export writes the records that are selected", () => {
  const call = rig.call("runs", "export", "--dir", "runs", "--where", "method=rk4", "--order-by", "dt", "out.csv");
  expect(call).toMatchObject({ code: 0, stdout: "", stderr: "2 runs written to out.csv\n" });
  const csv = readFileSync(rig.at("out.csv"), "utf8").trimEnd().split("\r\n");
  const [head = [], ...cells] = csv.map((line) => line.split(","));
  expect(head.join()).toContain("dt,label,method,n");
  expect(cells.map((line) => line[head.indexOf("dt")])).toEqual(["0.001", "0.1"]);
  expect(rig.call("runs", "export", "--dir", "runs", "--format", "jsonl", "out.txt").code).toBe(0);
  expect(readFileSync(rig.at("out.txt"), "utf8").trimEnd().split("\n")).toHaveLength(4);
});

test("rebuild makes the index anew, with its columns", async () => {
  await makeRuns("rebuild", "decay");
  expect(rig.call("runs", "rebuild", "--dir", "rebuild").stdout).toBe("the index has 4 runs\n");
  const [id = ""] = rows("ls", "--dir", "rebuild").map((run) => run.id);
  rmSync(rig.at("rebuild", id.slice(0, 2), id), { recursive: true });
  expect(json("rebuild", "--dir", "rebuild")).toEqual({ runs: 3 });
  expect(rows("ls", "--dir", "rebuild", "--where", "dt=0.001")).toHaveLength(2);
});

describe("mistakes are named", () => {
  test.each([
    [["lss"], "did you mean 'runs ls'?"],
    [["frobnicate"], "'runcache help runs' lists its commands"],
    [["ls", "--wher", "n=5"], "did you mean --where?"],
    [["ls", "--dir", "runs", "--where", "dt<0.01 und n=5"], "column 9"],
    [["ls", "--dir", "runs", "--where", "metod=rk4"], "did you mean method?"],
    [["ls", "--dir", "runs", "--where", "dt=fine"], "dt is compared with finite numbers"],
    [["ls", "--dir", "runs", "--limit", "x"], "a whole number"],
    [["ls", "extra"], "takes no operand"],
  ])("%j", (words, message) => {
    const { code, stderr } = rig.call("runs", ...words);
    expect(code).toBe(125);
    expect(stderr).toContain(message);
  });
});

describe("help and completion", () => {
  test("runs lists its commands, and each has a page", () => {
    const page = rig.call("runs").stdout;
    expect(rig.call("runs", "--help").stdout).toBe(page);
    expect(rig.call("help", "runs").stdout).toBe(page);
    const names = page.match(/^ {2}runs [a-z]+/gm)?.map((line) => line.trim().split(" ")[1] ?? "") ?? [];
    expect(names).toEqual(["ls", "show", "plan", "rm", "import", "export", "rebuild"]);
    for (const name of names) {
      const help = rig.call("help", "runs", name);
      expect(help).toMatchObject({ code: 0, stderr: "" });
      expect(help.stdout).toContain(`runcache runs ${name} [FLAG]…`);
      expect(rig.call("runs", name, "--help").stdout).toBe(help.stdout);
    }
    expect(rig.call("help").stdout).toMatch(/^ {2}runs +/m);
  });

  test("bash completes commands, flags and values of two words", () => {
    const bash = (line: string) =>
      rig.shell(
        `bash -c 'source <(runcache completion bash); COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _runcache; printf "%s\\n" "\${COMPREPLY[@]}"'`,
      ).stdout;
    expect(bash("runcache runs re")).toBe("rebuild\n");
    expect(bash("runcache runs ls --wh")).toBe("--where\n");
    expect(bash("runcache runs export --format c")).toBe("csv\n");
    expect(bash("runcache ru")).toBe("run\nruns\n");
    expect(bash("runcache ls --wh").trim()).toBe("");
  });
});
