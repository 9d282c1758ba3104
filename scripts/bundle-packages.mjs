// @ts-check
// Bundles what programs import: Node reads one file several times as fast as the two hundred that a package is written in
// (test/bench/measures/start-up.mjs measures it). Other packages stay outside. Workers keep their names beside the rest,
// because they are started by URL.
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { rolldown } from "rolldown";
import { packageDirs, readManifest, repoRoot } from "./lib/packages.mjs";

await Promise.all(packageDirs().map(bundlePackage));

/** @param {string} dir */
async function bundlePackage(dir) {
  const bundle = path.join(repoRoot, dir, "dist/bundle");
  rmSync(bundle, { recursive: true, force: true });
  const source = path.join(repoRoot, dir, "src");
  await bundleFile(dir, path.join(source, "index.ts"), bundle);
  for (const file of workersIn(source)) await bundleFile(dir, file, bundle);
}

/** @param {string} source absolute */
function workersIn(source) {
  const names = readdirSync(source, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith("-worker.ts")).map((name) => path.join(source, name));
}

/**
 * @param {string} dir
 * @param {string} file
 * @param {string} bundle
 */
async function bundleFile(dir, file, bundle) {
  const { version, dependencies, optionalDependencies, peerDependencies } = readManifest(dir);
  const external = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
  const define = { RUNCACHE_VERSION: JSON.stringify(version) };
  const build = await rolldown({ input: file, platform: "node", external, transform: { define } });
  await build.write({
    dir: bundle,
    format: "esm",
    chunkFileNames: `${path.basename(file, ".ts")}-[name].js`, // what is loaded lazily
    comments: false,
    sourcemap: true,
    sourcemapExcludeSources: true, // they are published, and found by their place
  });
  await build.close();
}
