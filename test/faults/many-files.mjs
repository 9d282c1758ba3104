#!/usr/bin/env node
// A tool that writes 20 files into its working directory. Argument: an input, which seeds what they hold.
// It sets their sizes before it writes, as many formats of tables and images do.
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { contentOf, names } from "./many-files-content.mjs";

const seed = readFileSync(process.argv[2], "utf8").trim();
for (const name of names) {
  const content = contentOf(seed, name);
  const fd = openSync(name, "w");
  ftruncateSync(fd, content.length);
  writeSync(fd, content);
  closeSync(fd);
}
