import { EngineClient, lastWords, missingImage, pullFailed, type PullPolicy } from "@runcache/container";
import { selectHasher, type Flow } from "@runcache/core";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseSource, type ImageSource } from "./image-source.js";

/** Where images come from and go to. */
export interface SifSettings {
  readonly executable: string;
  /** Host path. */
  readonly sifDir: string;
  /** `os/arch[/variant]`; null for the machine's own. */
  readonly platform: string | null;
  readonly pull: PullPolicy;
}

// One process builds, the others wait for it. The lock is the kernel's: it ends with its holder.
const PULL = `
sif=$1 partial=$2
shift 2
exec 9>"$sif.lock" && flock 9 || exit
[ -e "$sif" ] || { "$@" && mv "$partial" "$sif"; }
`;

/**
 * The SIF file of the image `name`, built where it is missing. An image of a registry has no digest before
 * that: Apptainer writes another file each time.
 * @returns absolute host path
 * @throws EngineError `ERR_RUNCACHE_ENGINE_IMAGE_MISSING`, `ERR_RUNCACHE_ENGINE_PULL_FAILED`
 */
export function* obtainSif(
  client: EngineClient,
  name: string,
  settings: SifSettings,
  signal?: AbortSignal,
): Flow<string> {
  const source = parseSource(name);
  const sif = sifPath(source, settings);
  if (existsSync(sif)) return sif;
  if (source.kind === "file") {
    throw missingImage(
      client.engine,
      name,
      `there is no file ${sif}; build it, or name another image in imageOverrides`,
    );
  }
  const command = pullCommand(source.uri, sif, settings);
  if (settings.pull === "never") {
    throw missingImage(client.engine, name, `pull it with '${command.join(" ")}', or allow it with pull: "missing"`);
  }
  yield* client.call(["--version"]); // says clearly where there is no Apptainer
  mkdirSync(settings.sifDir, { recursive: true });
  const partial = `${sif}.partial`;
  const shell = new EngineClient(client.engine, "/bin/sh");
  const pull = ["-c", PULL, "sh", sif, partial, ...pullCommand(source.uri, partial, settings)];
  const answer = yield* shell.call(pull, { timeoutMs: 0, signal });
  if (answer.status === 0) return sif;
  throw pullFailed(client.engine, name, lastWords(answer), command.join(" "));
}

/** Host path of the SIF file for `source`; for one of a registry, whether it is there or not. */
export function sifPath(source: ImageSource, { platform, sifDir }: Pick<SifSettings, "platform" | "sifDir">): string {
  if (source.kind === "file") return resolve(source.path);
  const whole = platform === null ? source.uri : `${source.uri} ${platform}`;
  const digest = selectHasher().hash(Buffer.from(whole, "utf8"));
  const words = whole.replaceAll(/[^\w.]+/g, "_").slice(0, 100);
  return join(sifDir, `${words}-${digest.slice(-16)}.sif`);
}

function pullCommand(uri: string, file: string, { executable, platform }: SifSettings): string[] {
  const arch = platform?.split("/")[1];
  return [executable, "pull", "--force", ...(arch === undefined ? [] : ["--arch", arch]), file, uri];
}
