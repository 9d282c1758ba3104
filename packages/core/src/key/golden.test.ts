import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { onPath } from "../../../../test/kit/probes.js";
import { requireOrSkip } from "../../../../test/kit/skips.js";
import { jcs } from "../hashing/canonical.js";
import type { JsonObject, JsonValue } from "../types/json.js";
import { computeKey } from "./compute-key.js";
import { ENVIRONMENT_CONTEXT, environmentPart } from "./environment.js";
import { readKeyParts, type InputPart, type KeyParts, type ToolPart } from "./key-parts.js";

/** A call, and the key that it has for ever. Values that JSON lacks are written as KEY.md says. */
interface Vector {
  readonly title: string;
  readonly call: {
    readonly tool: ToolPart;
    readonly image: string | null;
    readonly runner: JsonValue;
    readonly envAllowlist: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
    readonly extra: JsonValue;
    readonly inputs: readonly (InputPart & { readonly path: string })[];
    readonly params: JsonValue;
  };
  readonly text: string;
  readonly key: string;
}

const golden = new URL("../../../../test/golden/key/", import.meta.url);
const specification = readFileSync(new URL("../../KEY.md", import.meta.url), "utf8").replaceAll(/ +\|/g, " |");
const files = readdirSync(golden).filter((file) => file.endsWith(".json"));
const vectors = files.map((file) => [file, readVector(file)] as const);
const noB3sum = requireOrSkip("b3sum", onPath("b3sum"));

test("there are golden vectors", () => {
  expect(files.length).toBeGreaterThanOrEqual(7);
});

describe.each(vectors)("golden vector %s", (file, { title, call, text, key }) => {
  test("has the key that it always had", () => {
    const { inputs, envAllowlist, environment, params, extra, runner, ...rest } = call;
    const source = {
      ...rest,
      env: environmentPart(envAllowlist, environment),
      extra: decoded(extra, []),
      runner: decoded(runner, []),
      inputs,
      inputPaths: inputs.map(({ path }) => path),
      params: decoded(
        params,
        inputs.map(({ path }) => path),
      ),
    };
    expect(computeKey(source)).toEqual({ key, text });
  });

  test("is the canonical text of key parts", () => {
    expect(readKeyParts(JSON.parse(text))).not.toBeNull();
    expect(jcs(JSON.parse(text) as JsonValue)).toBe(text);
  });

  test.skipIf(noB3sum)("has the key that b3sum prints", () => {
    expect(b3sum([], text)).toBe(key);
  });

  test("stands in KEY.md", () => {
    expect(specification).toContain(
      `| [${file.replace(".json", "")}](../../test/golden/key/${file}) | ${title} | \`${key}\` |`,
    );
  });
});

describe("KEY.md", () => {
  test("has a row for every key part, and for none that there is not", () => {
    const [, parts] = vectors[0] as readonly [string, Vector];
    const fields = Object.keys(JSON.parse(parts.text) as KeyParts);
    const rows = [...section("Key parts").matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(rows.toSorted()).toEqual(fields.toSorted());
  });

  test("has a row for every field of an input, and for none that there is not", () => {
    const fields = vectors.flatMap(([, { text }]) => (JSON.parse(text) as KeyParts).inputs).flatMap(Object.keys);
    const rows = [...section("Inputs").matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(rows.toSorted()).toEqual([...new Set(fields)].toSorted());
  });

  test("lists no golden vector that there is not", () => {
    const listed = [...specification.matchAll(/golden\/key\/([\w-]+\.json)\)/g)].map(([, file]) => file);
    expect(listed.toSorted()).toEqual(files.toSorted());
  });

  test("shows the text of a vector as it is", () => {
    const { text } = readVector("typical.json");
    expect(specification).toContain(text);
  });

  test.skipIf(noB3sum)("says how to recompute the digest of an environment value", () => {
    const command = `b3sum --derive-key '${ENVIRONMENT_CONTEXT}'`;
    expect(specification).toContain(command);
    const { call, text } = readVector("environment.json");
    const { env } = JSON.parse(text) as KeyParts;
    expect(env["LANG"]).toBe(`b3:${b3sum(["--derive-key", ENVIRONMENT_CONTEXT], call.environment["LANG"] ?? "")}`);
  });
});

function readVector(file: string): Vector {
  return JSON.parse(readFileSync(fileURLToPath(new URL(file, golden)), "utf8")) as Vector;
}

/** From one second-level heading of KEY.md to the next. */
function section(title: string): string {
  const [, text] = specification.split(`\n## ${title}\n`);
  return (text ?? "").split("\n## ")[0] as string;
}

function b3sum(flags: readonly string[], stdin: string): string {
  return execFileSync("b3sum", [...flags, "--no-names"], { input: stdin, encoding: "utf8" }).trim();
}

/** The value that a canonical form stands for: KEY.md read backwards, without the encoder. */
function decoded(value: JsonValue, inputPaths: readonly string[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((element: JsonValue) => decoded(element, inputPaths));
  const entries = Object.entries(value as JsonObject);
  const [name, content] = entries[0] ?? [];
  if (name === "$input") return inputPaths[content as number];
  if (name === "$number") return Number(content);
  if (name === "$bigint") return BigInt(content as string);
  return Object.fromEntries(entries.map(([key, inner]) => [key.replace(/^\$/, ""), decoded(inner, inputPaths)]));
}
