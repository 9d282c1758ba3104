// Many processes at one store, without locks: what the protocol of commits guarantees by itself.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { openCache, type VerifyFinding } from "@runcache/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tempDir, type TempDir } from "../kit/temp-dir.js";

const KEYS = 40;
const PROCESSES = 8;

type Outcomes = Partial<Record<"stored" | "lost-race" | "not-stored", number>>;

let temp: TempDir;
let cacheDir: string;

beforeEach(async () => {
  temp = await tempDir("race");
  cacheDir = temp.join("a/new/cache");
});

afterEach(() => temp[Symbol.asyncDispose]());

/** Lets eight processes commit the same keys from one moment on; what became of all their commits. */
async function race(guards: number): Promise<Required<Outcomes>> {
  const program = fileURLToPath(new URL("committer.mjs", import.meta.url));
  const children = Array.from({ length: PROCESSES }, (_, worker) => {
    const args = [program, cacheDir, String(worker), String(KEYS), String(guards)];
    return spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  });
  const ends = children.map(async (child) => {
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
    await once(child, "close");
    return JSON.parse(text) as Outcomes;
  });
  await Promise.all(children.map((child) => once(child, "spawn")));
  for (const child of children) child.stdin.end("go\n");
  const sum = { stored: 0, "lost-race": 0, "not-stored": 0 };
  for (const outcomes of await Promise.all(ends)) {
    for (const status of ["stored", "lost-race", "not-stored"] as const) sum[status] += outcomes[status] ?? 0;
  }
  return sum;
}

async function expectSound(): Promise<void> {
  const findings: VerifyFinding[] = [];
  const report = await openCache(cacheDir).verify({ onFinding: (finding) => void findings.push(finding) });
  expect(findings).toEqual([]);
  expect(report.places).toBe(KEYS);
  const left = [".incoming", ".trash"].flatMap((name) => (readdirSync(cacheDir).includes(name) ? [name] : []));
  for (const name of left) expect(readdirSync(path.join(cacheDir, name))).toEqual([]);
  expect(readdirSync(cacheDir).filter((name) => name.startsWith(".runcache.json"))).toEqual([".runcache.json"]);
}

describe("eight processes that make one cache and commit the same keys", () => {
  test("with equal guards leave the first entry of each key, and every other commit knows that it lost", async () => {
    expect(await race(1)).toEqual({ stored: KEYS, "lost-race": KEYS * (PROCESSES - 1), "not-stored": 0 });
    await expectSound();
  });

  test("with differing guards replace one another, and leave one whole entry of each key", async () => {
    const { stored, "not-stored": notStored } = await race(3);
    expect(stored).toBeGreaterThan(KEYS);
    expect(notStored).toBe(0);
    await expectSound();
  });
});
