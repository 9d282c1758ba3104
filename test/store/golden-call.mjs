// The call whose entry the golden cache directories hold.
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import path from "node:path";

/** Host path of the golden cache of a layout version. */
export const goldenCache = (layout) => fileURLToPath(new URL(`../golden/layout-${layout}/cache`, import.meta.url));

export const CALL = {
  tool: { id: "3fa9", package: "golden", name: "smooth" },
  params: { sigma: 1.5, labels: ["größe", null, true] },
  inputs: { image: fileURLToPath(new URL("../golden/input.txt", import.meta.url)) },
  extra: { replicate: 1 },
};

/** Leaves one of everything that an entry holds, as far as a version control system keeps it. */
export function smooth({ outputDir, input, log }) {
  const at = (name) => path.join(outputDir, name);
  mkdirSync(at("deep/er"), { recursive: true });
  writeFileSync(at("image.txt"), readFileSync(input("image"), "utf8").toUpperCase());
  writeFileSync(at("empty.txt"), "");
  writeFileSync(at("deep/er/größe.bin"), Buffer.from([0, 255, 10, 13]));
  writeFileSync(at("run.sh"), "#!/bin/sh\nexit 0\n");
  chmodSync(at("run.sh"), 0o755);
  symlinkSync("er/größe.bin", at("deep/link"));
  for (let line = 0; line < 1000; line++) log(`iteration ${line}`); // too much for the manifest
  return { converged: true, residual: 1e-7 };
}
