import { blake3Wasm, RuncacheError, selectHasher } from "@runcache/core";
import { packageVersion } from "../command-line/version.js";
import { note, ok, problem, type Finding } from "./finding.js";

/** What runs: runcache, Node, the system, hashing. */
export function programFindings(): Finding[] {
  return [ok("runcache", packageVersion()), nodeFinding(), systemFinding(), hashingFinding()];
}

function nodeFinding(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return ok("node", process.versions.node);
  return problem("node", `${process.versions.node} is too old`, "install Node 20.19 or newer");
}

function systemFinding(): Finding {
  const system = `${process.platform} ${process.arch}`;
  if (process.platform === "linux") return ok("system", system);
  if (process.platform === "darwin")
    return note("system", `${system}: no supervisor ends tools when their parent is killed`);
  return problem("system", `${system} is not supported`, "use Linux or macOS; on Windows, the Linux of WSL");
}

function hashingFinding(): Finding {
  if (selectHasher() !== blake3Wasm) return ok("hashing", "native BLAKE3");
  return note(
    "hashing",
    "BLAKE3 in WebAssembly, several times slower",
    "let npm install the optional @napi-rs/blake-hash",
  );
}

/** Which container engines answer. None is needed. */
export async function engineFindings(): Promise<Finding[]> {
  const probes: readonly (readonly [name: string, probe: () => Promise<string>])[] = [
    ["docker", async () => (await import("@runcache/docker")).probeDocker()],
    ["podman", async () => (await import("@runcache/podman")).probePodman()],
    ["apptainer", async () => (await import("@runcache/apptainer")).probeApptainer()],
  ];
  return await Promise.all(
    probes.map(async ([name, probe]) => {
      try {
        return ok(name, await probe());
      } catch (error) {
        if (!(error instanceof RuncacheError)) throw error;
        const isMissing = error.code === "ERR_RUNCACHE_ENGINE_NOT_FOUND";
        return note(name, isMissing ? `not installed; only --runner ${name} needs it` : error.message);
      }
    }),
  );
}
