import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeCliRig, type CliRig } from "./rig.js";

type Entity = Readonly<Record<string, unknown>> & { readonly "@id": string };

let rig: CliRig;

beforeEach(async () => {
  rig = await makeCliRig({ "in, put.txt": "one\n", sub: { "x.csv": "1,2\n" } });
});

afterEach(() => rig[Symbol.asyncDispose]());

const key = (): string => (JSON.parse(rig.call("ls", "--json").stdout) as { key: string }[])[0]?.key ?? "none";

/** Makes a crate of the only entry; where it was unpacked. */
function makeCrate(...words: string[]): string {
  const file = rig.temp.join("crate.tar.gz");
  const made = rig.call("bottle", key(), "--format", "ro-crate", "-o", file, ...words);
  expect(made).toMatchObject({ code: 0, stderr: "" });
  const dir = rig.temp.join("crate");
  mkdirSync(dir);
  expect(spawnSync("tar", ["xzf", file, "-C", dir, "--strip-components=1"]).status).toBe(0);
  return dir;
}

function readGraph(dir: string): ReadonlyMap<string, Entity> {
  const text = readFileSync(path.join(dir, "ro-crate-metadata.json"), "utf8");
  const { "@context": context, "@graph": graph } = JSON.parse(text) as { "@context": string[]; "@graph": Entity[] };
  expect(context).toContain("https://w3id.org/ro/crate/1.1/context");
  expect(new Set(graph.map((entity) => entity["@id"])).size).toBe(graph.length);
  return new Map(graph.map((entity) => [entity["@id"], entity]));
}

/** Identifiers of what a property refers to. */
function idsIn(value: unknown): string[] {
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  return list.flatMap((item) =>
    typeof item === "object" && item !== null && "@id" in item ? [String(item["@id"])] : [],
  );
}

describe("an RO-Crate", () => {
  beforeEach(() => {
    const words = ["--in", "sub", "--out", "d", "--", "tool", "--cat", "in, put.txt", "--mkdir", "d/e"];
    rig.call("run", ...words, "--copy", "sub/x.csv", "d/e/a b.csv");
  });

  test("has what RO-Crate 1.1 demands of the description and of the root", () => {
    const graph = readGraph(makeCrate("--license", "https://spdx.org/licenses/CC0-1.0"));
    expect(graph.get("ro-crate-metadata.json")).toMatchObject({
      "@type": "CreativeWork",
      conformsTo: { "@id": "https://w3id.org/ro/crate/1.1" },
      about: { "@id": "./" },
    });
    const root = graph.get("./");
    expect(root).toMatchObject({ "@type": "Dataset", license: { "@id": "https://spdx.org/licenses/CC0-1.0" } });
    expect(Date.parse(String(root?.["datePublished"]))).not.toBeNaN();
    expect([root?.["name"], root?.["description"]].every((text) => typeof text === "string" && text !== "")).toBe(true);
  });

  test("names every file of the archive, with its size, and refers to nothing that it does not name", () => {
    const dir = makeCrate();
    const graph = readGraph(dir);
    const reached = new Set<string>();
    const reach = (id: string): void => {
      reached.add(id);
      for (const part of idsIn(graph.get(id)?.["hasPart"])) reach(part);
    };
    reach("./");
    const data = [...graph.values()].filter(({ "@type": type }) => type === "File" || type === "Dataset");
    expect(data.length).toBeGreaterThan(8);
    for (const { "@id": id, "@type": type, contentSize } of data) {
      const stats = statSync(path.join(dir, decodeURIComponent(id)));
      expect(stats.isDirectory()).toBe(type === "Dataset");
      if (contentSize !== undefined) expect(contentSize).toBe(String(stats.size));
      expect(reached).toContain(id);
    }
    const said = [...graph.values()].flatMap((entity) => Object.values(entity).flatMap(idsIn));
    const elsewhere = said.filter((id) => !graph.has(id));
    expect([...new Set(elsewhere)]).toEqual(["https://w3id.org/ro/crate/1.1"]);
  });

  test("has what Process Run Crate 0.5 demands: a run, its tool, what went in and what came out", () => {
    const graph = readGraph(makeCrate());
    const profile = graph.get("https://w3id.org/ro/wfrun/process/0.5");
    expect(idsIn(graph.get("./")?.["conformsTo"])).toEqual([profile?.["@id"]]);
    expect(profile).toMatchObject({ "@type": "CreativeWork", version: "0.5" });
    const [run, ...others] = [...graph.values()].filter(({ "@type": type }) => type === "CreateAction");
    expect(others).toEqual([]);
    expect(idsIn(graph.get("./")?.["mentions"])).toEqual([run?.["@id"]]);
    const [tool = ""] = idsIn(run?.["instrument"]);
    expect(graph.get(tool)).toMatchObject({ "@type": "SoftwareApplication", name: "tool" });
    expect(graph.get(tool)?.["softwareVersion"]).toMatch(/^b3:[0-9a-f]{64}$/);
    const base = `entries/${key()}`;
    expect(idsIn(run?.["object"]).sort()).toEqual([
      `${base}/inputs/0/in%2C%20put.txt`,
      `${base}/inputs/1/sub/`,
      `${base}/inputs/2/x.csv`,
    ]);
    expect(idsIn(run?.["result"])).toEqual([
      `${base}/outputs/d/`,
      `${base}/outputs/d/e/a%20b.csv`,
      `${base}/stdout`,
      `${base}/stderr`,
    ]);
    expect(run?.["agent"]).toBeUndefined();
    expect(run?.["description"]).toContain("tool --cat 'in, put.txt'");
    for (const time of ["startTime", "endTime"]) expect(run?.[time]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+\+00:00$/);
    expect(run?.["actionStatus"]).toBe("http://schema.org/CompletedActionStatus");
    expect(graph.get(`${base}/outputs/d/e/a%20b.csv`)).toMatchObject({ encodingFormat: "text/csv", contentSize: "4" });
  });

  test("says which inputs were left out, and by which digest to know them", () => {
    const graph = readGraph(makeCrate("--no-inputs"));
    const [run] = [...graph.values()].filter(({ "@type": type }) => type === "CreateAction");
    const inputs = idsIn(run?.["object"]).map((id) => graph.get(id));
    expect(inputs.map((input) => input?.["name"])).toEqual(["in, put.txt", "sub", "x.csv"]);
    expect(inputs.flatMap((input) => idsIn(input?.["identifier"])).every((id) => graph.has(id))).toBe(true);
  });

  test("is a bottle too, and runs again", () => {
    const dir = makeCrate();
    expect(spawnSync("sh", [path.join(dir, "run.sh")], { env: rig.env }).status).toBe(0);
    const cache = rig.temp.join("other");
    expect(rig.call("unbottle", rig.temp.join("crate.tar.gz"), "--cache", cache).code).toBe(0);
    expect(rig.call("verify", "--cache", cache).stdout).toContain("1 of 1 entry sound");
  });

  test("takes a licence only where there is a crate, and only by its URL", () => {
    expect(rig.call("bottle", key(), "-o", "x", "--license", "https://spdx.org/licenses/MIT").code).toBe(125);
    expect(rig.call("bottle", key(), "-o", "x", "--format", "ro-crate", "--license", "MIT").stderr).toContain("a URL");
    expect(existsSync(rig.at("x"))).toBe(false);
  });
});
