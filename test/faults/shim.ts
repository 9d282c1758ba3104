import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FaultRig } from "./rig.js";

/** Compiles shim.c, whose header says what it does; its host path, for LD_PRELOAD. */
export function buildShim({ temp }: FaultRig): string {
  const library = temp.join("shim.so");
  const source = fileURLToPath(new URL("shim.c", import.meta.url));
  const { status, stderr } = spawnSync("gcc", ["-shared", "-fPIC", "-o", library, source, "-ldl"], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`gcc failed: ${stderr}`);
  return library;
}
