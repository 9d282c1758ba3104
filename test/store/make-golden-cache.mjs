// Makes the golden cache of the layout that this runcache writes; to be run once for each layout version, then
// committed and never again. Nothing of the machine stays in it.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { LAYOUT_VERSION, openCache, selectHasher } from "@runcache/core";
import { CALL, goldenCache, smooth } from "./golden-call.mjs";

const dir = goldenCache(LAYOUT_VERSION);
const { outputDir } = await openCache(dir, { create: true, shared: "world-read" }).compute(CALL, smooth);

const manifestPath = path.join(outputDir, ".runcache/manifest.json");
const { digest, ...manifest } = JSON.parse(readFileSync(manifestPath, "utf8"));
const impersonal = {
  ...manifest,
  nonce: "0123456789abcdef0123456789abcdef",
  user: null,
  host: null,
  startedAt: "2025-01-01T00:00:00.000Z",
  finishedAt: "2025-01-01T00:00:01.500Z",
  durationMs: 1500,
  usage: { userMs: 1250.5, systemMs: 3 },
  parents: ["ab".repeat(32)],
  networkInputs: [0],
  versions: { runcache: "0.1.0", node: "20.20.0" },
  tool: { ...manifest.tool, citations: ["A. Author, 2025"] },
};
const rest = Buffer.from(`${JSON.stringify(impersonal).slice(1)}\n`);
rmSync(manifestPath); // read-only
writeFileSync(manifestPath, `{"digest":"${selectHasher().hash(rest).slice("b3:".length)}",${rest}`);

// What is made on demand is no part of the layout that must stay readable.
for (const name of readdirSync(dir)) {
  if (/^\.(?:incoming|trash|locks|recent|stats)$/.test(name)) rmSync(path.join(dir, name), { recursive: true });
}
