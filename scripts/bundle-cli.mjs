// @ts-check
// Bundles the command: Node reads one file several times as fast as the two hundred that it is written in. What a run needs
// is one file, every other command another; workers keep their names beside them, because they are started by URL.
// test/bench/cli-startup.mjs measures what this brings.
import path from "node:path";
import { rolldown } from "rolldown";
import { packageDirs, readManifest, repoRoot } from "./lib/packages.mjs";

const at = (/** @type {string} */ file) => path.join(repoRoot, "packages", file);
const dir = at("cli/dist/bundle");

/** Loaded by `require` at run time, if at all; package.json of the command declares them. */
const external = ["@napi-rs/blake-hash", "@photostructure/sqlite", "blake3-wasm", "debug", "hyparquet-writer", "pg"];

/** Their modules instead of their bundles: what a run needs is a part of each. */
const resolve = {
  alias: Object.fromEntries(
    packageDirs().map((dir) => [readManifest(dir).name, path.join(repoRoot, dir, "dist/index.js")]),
  ),
};

/** What a hit does without, and takes Node a millisecond or more each to load. */
const lazyBuiltins = [
  "child_process",
  "crypto",
  "fs/promises",
  "readline",
  "stream/promises",
  "timers/promises",
].concat(["tty", "worker_threads", "zlib"]);

await bundleCommand();
await bundleAlone("runcache", "cli/dist/bin/runcache.js", "cjs");
await bundleAlone("lock-worker", "core/dist/middleware/lock-worker.js", "esm");
await bundleAlone("helper-worker", "core/dist/hashing/parallel/helper-worker.js", "esm");

async function bundleCommand() {
  const input = { command: at("cli/dist/main.js") };
  const ofRun = await modulesOfRun(input);
  const bundle = await rolldown({
    input,
    platform: "node",
    external,
    resolve,
    plugins: [startSooner()],
    transform: { define: { "performance.now": "monotonicMs" } },
  });
  await bundle.write({
    dir,
    format: "cjs",
    // Names stay, for the traces of errors.
    minifyInternalExports: false,
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    entryFileNames: "[name].cjs",
    chunkFileNames: "[name].cjs",
    codeSplitting: { groups: [{ name: "run", test: (id) => ofRun.has(id) }] },
  });
  await bundle.close();
}

/**
 * The modules of which anything is left when the other commands and the container engines are left out.
 * @param {Record<string, string>} input
 * @returns {Promise<Set<string>>}
 */
async function modulesOfRun(input) {
  const others = /\/(?:commands\/(?!run\.js)[\w-]+|run\/container-base)\.js$/;
  const bundle = await rolldown({ input, platform: "node", resolve, external: [...external, others] });
  const { output } = await bundle.generate({ format: "cjs" });
  await bundle.close();
  return new Set(output.flatMap((file) => (file.type === "chunk" ? Object.keys(file.modules) : [])));
}

/**
 * @param {string} name
 * @param {string} file
 * @param {"cjs" | "esm"} format
 */
async function bundleAlone(name, file, format) {
  const bundle = await rolldown({ input: { [name]: at(file) }, platform: "node", resolve, external });
  await bundle.write({ dir, format, entryFileNames: format === "cjs" ? "[name].cjs" : "[name].js" });
  await bundle.close();
}

/**
 * Node's modules load at their first use instead of at the start (`performance` is one, too), and text is ASCII, which
 * V8 reads faster.
 * @returns {import("rolldown").Plugin}
 */
function startSooner() {
  const helpers = `
    function loadLater(name) { return new Proxy({}, { get: (_, key) => require(name)[key] }); }
    function monotonicMs() { return Number(process.hrtime.bigint()) / 1e6; }`;
  return {
    name: "start-sooner",
    renderChunk: (code) => {
      const later = code.replaceAll(/^(?:let|const) (\w+) = require\("node:([\w/]+)"\);$/gm, (line, variable, name) =>
        lazyBuiltins.includes(name) ? `const ${variable} = loadLater("node:${name}");` : line,
      );
      const ascii = later.replaceAll(/[\u0080-\uffff]/g, (character) => {
        return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
      });
      return `${ascii}\n${helpers}\n`;
    },
  };
}
