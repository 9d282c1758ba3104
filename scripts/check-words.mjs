// @ts-check
// Text that must not be committed: paths and hosts of the machine somebody worked on, and what was left behind on the way.
import { readFileSync } from "node:fs";
import path from "node:path";
import { repoFiles } from "./lib/files.mjs";
import { repoRoot } from "./lib/packages.mjs";
import { report } from "./lib/report.mjs";

/** @type {{ pattern: RegExp, what: string, only?: RegExp }[]} */
const rules = [
  { pattern: /(?<![\w.$}-])\/(?:root|work)\//, what: "absolute path of a machine" },
  { pattern: /https?:\/\/\S+\.(?:tgz|whl)\b/, what: "address of a package archive" },
  { pattern: /\bregistry\.[a-z][\w-]*\.[a-z]{2,}/, what: "host of a package registry" },
  { pattern: /^(?:<{7}|>{7}) /, what: "conflict marker" },
  { pattern: /\b(?:TODO|FIXME)\b/, what: "unfinished work", only: /^(?!scripts\/check-words)/ },
  {
    pattern: /\b(?:test|it|describe)\.(?:only|skip|todo)\(/,
    what: "test that is focused or left out",
    only: /\.test\.ts$/,
  },
];

const files = repoFiles();
report("words", files.flatMap(findingsIn), files.length, "files");

/** @param {string} file */
function findingsIn(file) {
  const text = readFileSync(path.join(repoRoot, file), "utf8");
  if (text.includes("\0")) return []; // not text
  return text
    .split("\n")
    .flatMap((line, index) =>
      rules
        .filter(({ pattern, only }) => pattern.test(line) && (only?.test(file) ?? true))
        .map(({ what }) => `${file}:${index + 1}: ${what}`),
    );
}
