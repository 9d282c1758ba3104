// @ts-check
// The tool and the files that measures share.
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";

export const OUTPUT_NAMES = ["out1.txt", "out2.txt", "out3.txt", "out4.txt", "out5.txt", "out6.txt"];

/** What names the tool of {@link makeTool}. */
export const METADATA = { id: "bench-1", name: "bench-tool", package: "bench" };

/**
 * A tool that copies the head of its input to six outputs and writes to both streams. It counts its runs, and is the
 * first on PATH, as the tools of an environment that was activated.
 * @param {string} dir host path
 */
export function makeTool(dir) {
  mkdirSync(dir, { recursive: true });
  const tool = path.join(dir, METADATA.name);
  const countFile = `${tool}.count`;
  const copies = OUTPUT_NAMES.map((name) => `head -c 1024 "$1" > ${name}`);
  writeFileSync(
    tool,
    ["#!/bin/sh", `echo run >> ${countFile}`, ...copies, "echo done", "echo warned >&2", ""].join("\n"),
  );
  chmodSync(tool, 0o755);
  process.env["PATH"] = `${dir}:${process.env["PATH"] ?? ""}`;
  return { path: tool, runs: () => countLines(countFile) };
}

/** @param {string} file */
export function countLines(file) {
  try {
    return readFileSync(file, "utf8").split("\n").length - 1;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return 0;
    throw error;
  }
}

/**
 * A file that no file system stores as a hole.
 * @param {string} file host path
 * @param {number} sizeBytes
 * @returns {string} `file`
 */
export function makeFile(file, sizeBytes) {
  mkdirSync(path.dirname(file), { recursive: true });
  const block = Buffer.alloc(Math.min(sizeBytes, 2 ** 20));
  for (let index = 0; index < block.length; index++) block[index] = (index * 2654435761) >>> 13;
  const fd = openSync(file, "w");
  try {
    for (let position = 0; position < sizeBytes; position += block.length) {
      block.writeUInt32LE(position >>> 10, 0); // no two blocks are equal
      writeSync(fd, block, 0, Math.min(block.length, sizeBytes - position));
    }
  } finally {
    closeSync(fd);
  }
  return file;
}
