import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { integer, memoryIndex, postgresIndex, real, RunStore, text, type IndexFactory } from "@runcache/runs";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { dropSchema } from "../kit/postgres.js";
import { POSTGRES_URL, probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { executable, makeCliRig, type CliRig, type Ended } from "./rig.js";

/** A server that is away, and a password that nobody may see. */
const AWAY = "postgresql://me:s3cret@127.0.0.1:1/lab";
const COLUMNS = { n: integer(), dt: real(), method: text() };

let rig: CliRig;

beforeEach(async () => {
  rig = await makeCliRig();
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

/** Two runs of a store in `runs`. Returns their ids. */
async function makeRuns(index?: IndexFactory): Promise<readonly string[]> {
  const options = index === undefined ? {} : { index };
  await using store = new RunStore({ dir: rig.at("runs"), name: "decay", columns: COLUMNS, ...options });
  const points = [0.1, 0.001].map((dt) => ({ n: 5, dt, method: "rk4" }));
  const { records } = await store.sweep(points, (params, { resultFile }) => {
    writeFileSync(resultFile, JSON.stringify(params));
  });
  return records.map(({ id }) => id);
}

const runs = (name: string, ...words: string[]): Ended => rig.call("runs", name, "--dir", "runs", ...words);
const steps = ({ stdout }: Ended) =>
  (JSON.parse(stdout) as readonly { params: { dt: number } }[]).map(({ params }) => params.dt);

describe.skipIf(requireOrSkip("postgres", probes.postgres))("a store whose index is in PostgreSQL", () => {
  const schema = `command_${String(process.pid)}_${String(Date.now())}`;
  let address: string;
  let stores = 0;

  beforeEach(() => {
    address = `${POSTGRES_URL}&schema=${schema}&prefix=${String(++stores)}-`;
  });

  afterAll(() => dropSchema(schema));

  const asked = (name: string, ...words: string[]) => runs(name, "--index", address, ...words);

  /** Takes a run out of the index only: whoever does not list it asked the server. */
  async function forget(id: string | undefined): Promise<void> {
    const index = postgresIndex({ connectionString: address })({ dir: "", name: "decay", columns: {} });
    await index.open();
    await index.remove([id ?? ""]);
    await index.close();
  }

  test("is asked at --index, or where the environment says", async () => {
    const [first] = await makeRuns(postgresIndex({ connectionString: address }));
    expect(steps(asked("ls", "--where", "dt<0.01 and method=rk4", "--json"))).toEqual([0.001]);
    await forget(first);
    expect(steps(asked("ls", "--json"))).toEqual([0.001]);
    const env = { RUNCACHE_RUNS_INDEX: address };
    const there = rig.callWith({ env }, "runs", "ls", "--dir", "runs", "--json");
    expect([steps(there), there.stderr]).toEqual([[0.001], ""]);
  });

  test("is read run by run without an address, which is said", async () => {
    await forget((await makeRuns(postgresIndex({ connectionString: address })))[0]);
    const listed = runs("ls", "--where", "dt>0", "--json");
    expect(steps(listed)).toEqual([0.1, 0.001]);
    expect(listed.stderr).toContain("has an index elsewhere (postgres): give its address");
    expect(readdirSync(rig.at("runs/.index"))).toEqual(["decay.store.json"]);
  });

  test("is rebuilt with its columns, and only there", async () => {
    const index = postgresIndex({ connectionString: address });
    await forget((await makeRuns(index))[0]);
    expect(runs("rebuild")).toMatchObject({
      code: 125,
      stdout: "",
      stderr: expect.stringContaining("[ERR_RUNCACHE_INDEX_ELSEWHERE]") as string,
    });
    expect(asked("rebuild")).toMatchObject({ stdout: "the index has 2 runs\n", stderr: "" });
    expect(steps(asked("ls", "--order-by", "dt", "--json"))).toEqual([0.001, 0.1]);
    await forget((await makeRuns(index))[1]); // a program with the same columns takes it as it is
    expect(steps(asked("ls", "--json"))).toEqual([0.1]);
  });

  test("loses the records that rm deletes", async () => {
    await makeRuns(postgresIndex({ connectionString: address }));
    expect(asked("rm", "--where", "dt<0.01", "--yes").stdout).toBe("deleted 1 run\n");
    expect(steps(asked("ls", "--json"))).toEqual([0.1]);
  });

  test("can be made by an import", async () => {
    const document = { params_hash: "a", result_path: "a.txt", created_at: "2026-01-02T03:04:05+00:00", dt: 7 };
    writeFileSync(rig.at("a.txt"), "a");
    writeFileSync(rig.at("db.json"), JSON.stringify({ _default: { 1: document } }));
    expect(asked("import", "--name", "decay", "db.json")).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(rig.at("runs/.index"))).toEqual(["decay.store.json"]);
    const index = postgresIndex({ connectionString: address });
    await using store = new RunStore({ dir: rig.at("runs"), name: "decay", index });
    expect(await store.list()).toMatchObject([{ params: { dt: 7 } }]);
  });

  test("asked for once does not become the index of a store that has another", async () => {
    await makeRuns();
    expect(steps(asked("ls", "--json"))).toEqual([0.1, 0.001]);
    expect(runs("rebuild")).toMatchObject({ code: 0, stderr: "" });
    expect(runs("ls", "--json")).toMatchObject({ code: 0, stderr: "" });
  });

  test("has an error where the database is none", async () => {
    await makeRuns();
    const { code, stderr } = runs("ls", "--index", POSTGRES_URL.replace("/runcache_test", "/nowhere"));
    expect(code).toBe(125);
    expect(stderr).toContain('database "nowhere" does not exist');
  });
});

describe("a server that is away", () => {
  test("is an error where it is asked for, without the password", async () => {
    await makeRuns();
    for (const name of ["ls", "rebuild", "export"]) {
      const { code, stdout, stderr } = runs(name, "--index", AWAY, ...(name === "export" ? ["out.csv"] : []));
      expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
      expect(stderr).toContain("The index at 127.0.0.1:1/lab cannot be used: connect ECONNREFUSED 127.0.0.1:1");
      expect(stderr).toContain("is the server running?");
      expect(stderr).not.toMatch(/s3cret| {4}at /);
    }
    expect(runs("ls", "--index", AWAY, "--json").stderr).not.toContain("s3cret");
    expect(steps(runs("ls", "--json"))).toEqual([0.1, 0.001]);
  });

  test("keeps nobody from stores that have an index of their own", async () => {
    await makeRuns();
    const env = { RUNCACHE_RUNS_INDEX: AWAY };
    const listed = rig.callWith({ env }, "runs", "ls", "--dir", "runs", "--json");
    expect([steps(listed), listed.stderr]).toEqual([[0.1, 0.001], ""]);
    expect(rig.callWith({ env }, "runs", "rebuild", "--dir", "runs").stdout).toBe("the index has 2 runs\n");
  });
});

describe("the address of an index", () => {
  const settings = { RUNCACHE_RUNS_INDEX: `${AWAY}?password=s3cret&schema=x` };

  test("is shown without its password", () => {
    for (const words of [["config"], ["config", "--json"]]) {
      const { code, stdout } = rig.callWith({ env: settings }, ...words);
      expect(code).toBe(0);
      expect(stdout).toContain("postgresql://me:***@127.0.0.1:1/lab?password=***&schema=x");
      expect(stdout).not.toContain("s3cret");
    }
  });

  test.each([
    [["--index", "potgres://me:s3cret@db/lab"]],
    [["--index", "me:s3cret"]],
    [["--index", "postgresql://me:s3cret@x:y/z"]],
  ])("%j is none, and is not repeated", async (words) => {
    await makeRuns();
    const { code, stderr } = runs("ls", ...words);
    expect(code).toBe(125);
    expect(stderr).toMatch(/postgresql:\/\/user@host/);
    expect(stderr).not.toContain("s3cret");
    expect(runs("ls", ...words, "--json").stderr).not.toContain("s3cret");
  });
});

test("without the package pg the command says how to get it, and does the rest", async () => {
  await makeRuns();
  // The command as it is installed, with all that it needs but pg.
  const installed = rig.at("lib/node_modules/runcache");
  const own = path.dirname(path.dirname(path.dirname(executable)));
  cpSync(path.join(own, "dist/bundle"), path.join(installed, "dist/bundle"), { recursive: true });
  cpSync(path.join(own, "package.json"), path.join(installed, "package.json"));
  mkdirSync(path.join(installed, "node_modules"));
  for (const name of readdirSync(path.join(own, "node_modules")).filter((known) => known !== "pg")) {
    symlinkSync(path.join(own, "node_modules", name), path.join(installed, "node_modules", name));
  }
  const call = (...words: string[]) =>
    rig.shell(`node '${installed}/dist/bundle/${path.basename(executable)}' runs ls --dir runs ${words.join(" ")}`);
  expect(steps(call("--json"))).toEqual([0.1, 0.001]);
  expect(call("--index", AWAY)).toMatchObject({
    code: 125,
    stderr: expect.stringContaining("npm install --global pg") as string,
  });
});

describe("rebuild", () => {
  const rebuild = (...words: string[]) => runs("rebuild", ...words);
  const indexFiles = () => readdirSync(rig.at("runs/.index")).filter((name) => !/-(?:wal|shm)$/.test(name));
  /** What a program with columns has to say when it opens the store. */
  const warnings = () =>
    rig.shell(
      `node --input-type=module -e '
        import { RunStore, integer, real, text } from "${import.meta.resolve("@runcache/runs")}";
        const columns = { n: integer(), dt: real(), method: text() };
        const store = new RunStore({ dir: "runs", name: "decay", columns });
        console.log((await store.list({ where: { dt: { lt: 0.01 } } })).map(({ dt, method }) => dt + method).join());
        await store.close();'`,
    );

  test("makes the file that is missing, with its columns", async () => {
    await makeRuns();
    for (const end of ["", "-wal", "-shm"]) rmSync(rig.at(`runs/.index/decay.sqlite${end}`), { force: true });
    expect(rebuild()).toMatchObject({ code: 0, stdout: "the index has 2 runs\n", stderr: "" });
    expect(indexFiles()).toEqual(["decay.sqlite", "decay.store.json"]);
    expect(warnings()).toMatchObject({ stdout: "0.001rk4\n", stderr: "" });
  });

  test("makes a SQLite file where nothing says what there was; conditions still hold", async () => {
    await makeRuns();
    rmSync(rig.at("runs/.index"), { recursive: true });
    expect(steps(runs("ls", "--where", "dt<0.01 and method=rk4", "--json"))).toEqual([0.001]);
    expect(rebuild()).toMatchObject({ code: 0, stdout: "the index has 2 runs\n", stderr: "" });
    expect(indexFiles()).toEqual(["decay.sqlite", "decay.store.json"]);
    expect(steps(runs("ls", "--where", "dt<0.01 and method=rk4", "--order-by=-dt", "--json"))).toEqual([0.001]);
    expect(warnings()).toMatchObject({ stdout: "0.001rk4\n", stderr: "" });
  });

  test("says that an index in memory is none", async () => {
    await makeRuns(memoryIndex);
    expect(rebuild()).toMatchObject({
      code: 125,
      stdout: "",
      stderr: expect.stringContaining("keeps its index in memory") as string,
    });
    expect(indexFiles()).toEqual(["decay.store.json"]);
    expect(steps(runs("ls", "--json"))).toEqual([0.1, 0.001]);
  });

  test("fails where the index cannot be written, and says why", async () => {
    await makeRuns();
    rmSync(rig.at("runs/.index/decay.sqlite"));
    mkdirSync(rig.at("runs/.index/decay.sqlite"));
    const { code, stdout, stderr } = rebuild();
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toContain("decay.sqlite");
  });

  test("keeps a store from the file of another one's index that it had before", async () => {
    await makeRuns();
    await makeRuns(memoryIndex);
    await using store = new RunStore({ dir: rig.at("runs"), name: "decay", columns: COLUMNS, index: memoryIndex });
    await store.runOrRetrieve({ n: 1, dt: 3, method: "rk4" }, (_, { resultFile }) => writeFileSync(resultFile, ""));
    expect(steps(runs("ls", "--json"))).toEqual([0.1, 0.001, 3]);
  });
});
