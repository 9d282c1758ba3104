// @ts-check
// Makes caches of any size. Entries are copies of one that a run made: each with a key, a nonce, a duration and a time of
// its own and a manifest that is valid, their outputs hard links to a few files. (Only their key parts are all the same.)
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { linkSync, lstatSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { selectHasher } from "@runcache/core";

/** File systems allow some 65,000 links to a file. */
const MOST_LINKS = 50_000;
const SECONDS_A_DAY = 86_400;

/**
 * Adds `count` entries to the cache that holds `template`.
 * @param {{ cacheDir: string, template: string, count: number }} options `template`: host path of an entry
 */
export function fillCache({ cacheDir, template, count }) {
  const { hash } = selectHasher();
  const text = readFileSync(path.join(template, ".runcache/manifest.json"), "utf8");
  const manifest = JSON.parse(text);
  const names = manifest.outputs.map((/** @type {{ path: string }} */ output) => output.path);
  const sources = path.join(path.dirname(cacheDir), `${path.basename(cacheDir)}-sources`);
  const { mode } = lstatSync(template);
  const nowSeconds = Date.now() / 1000;
  for (const shard of Array(256).keys()) {
    mkdirSync(path.join(cacheDir, shard.toString(16).padStart(2, "0")), { recursive: true, mode });
  }
  for (let index = 0; index < count; index++) {
    const key = createHash("sha256").update(`entry ${index}`).digest("hex");
    const dir = `${cacheDir}/${key.slice(0, 2)}/${key}`;
    mkdirSync(dir, { mode });
    mkdirSync(`${dir}/.runcache`, { mode });
    const source = path.join(sources, String(Math.floor(index / MOST_LINKS)));
    if (index % MOST_LINKS === 0) copyOutputs(template, source, names);
    for (const name of names) linkSync(`${source}/${name}`, `${dir}/${name}`);
    const { digest: _, ...rest } = { ...manifest, key, nonce: key.slice(0, 32), durationMs: 10 + (index % 1000) };
    const body = `${JSON.stringify(rest).slice(1)}\n`;
    const digest = hash(Buffer.from(body)).slice("b3:".length);
    writeFileSync(`${dir}/.runcache/manifest.json`, `{"digest":"${digest}",${body}`, { mode: 0o400 });
    const usedSeconds = nowSeconds - SECONDS_A_DAY * (2 + (index % 60));
    utimesSync(dir, usedSeconds, usedSeconds);
  }
  rmSync(sources, { recursive: true, force: true });
}

/**
 * Copies of outputs with their modes and, to the nanosecond, their times.
 * @param {string} from
 * @param {string} to
 * @param {readonly string[]} names
 */
function copyOutputs(from, to, names) {
  mkdirSync(to, { recursive: true });
  execFileSync("cp", ["-p", ...names.map((name) => path.join(from, name)), to]);
}
