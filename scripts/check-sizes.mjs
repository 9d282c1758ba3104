// @ts-check
// No file of code is longer than 400 lines; those over 150 are listed, for whoever touches them next.
import { readFileSync } from "node:fs";
import path from "node:path";
import { repoFiles } from "./lib/files.mjs";
import { repoRoot } from "./lib/packages.mjs";
import { report } from "./lib/report.mjs";

const cap = 400;
const worthALook = 150;

// Wrappers have the shape of generated code, and its length.
const files = repoFiles("*.ts", "*.mjs", "*.js", "*.sh", "*.css", "*.html", ".ci/*", ":!test/wrappers/src/*");
const sized = files.map((file) => ({ file, lines: countLines(file) })).sort((a, b) => b.lines - a.lines);
for (const { file, lines } of sized) {
  if (lines > worthALook && lines <= cap) process.stdout.write(`${String(lines).padStart(5)} ${file}\n`);
}
const tooLong = sized
  .filter(({ lines }) => lines > cap)
  .map(({ file, lines }) => `${file}: ${lines} lines, cap ${cap}`);
report("sizes", tooLong, files.length, "files");

/** @param {string} file */
function countLines(file) {
  return readFileSync(path.join(repoRoot, file), "utf8").split("\n").length - 1;
}
