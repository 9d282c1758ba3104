// What a process pays for `import`, counted in modules: time on a shared machine says little.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const LIST_LOADS = new URL("list-loads.mjs", import.meta.url).href;
const HERE = fileURLToPath(new URL(".", import.meta.url));

function loadedBy(specifier: string): string[] {
  const program = `await import(${JSON.stringify(specifier)});`;
  const args = ["--import", LIST_LOADS, "--input-type=module", "--eval", program];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: HERE, encoding: "utf8" });
  expect(status, stderr).toBe(0);
  const urls = stderr.split("\n").filter((line) => line.startsWith("file:"));
  expect(urls.length).toBeGreaterThan(0); // else they were not counted
  return urls;
}

test.each([
  // Seen: 1, 2, 4 and 6. A package is one module; what not every caller needs of it is loaded when it is needed.
  ["@runcache/core", 1],
  ["@runcache/local", 2],
  ["@runcache/docker", 4],
  ["@runcache/runs", 8],
])("importing %s loads no more than %i modules, and none of a library", (specifier, most) => {
  const urls = loadedBy(specifier);
  expect(urls.filter((url) => url.includes("/node_modules/") && !url.includes("/@runcache/"))).toEqual([]);
  expect(urls.length).toBeLessThanOrEqual(most);
});
