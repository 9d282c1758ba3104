import { randomBytes } from "node:crypto";
import { lstatSync } from "node:fs";
import {
  environmentDigest,
  InputError,
  type BackendRequest,
  type BaseInput,
  type CaptureResult,
  type ExecutionBackend,
  type Flow,
  type JsonValue,
} from "@runcache/core";
import type { ContainerContext } from "./container-context.js";
import { diagnose } from "./diagnose.js";
import type { ContainerRun, ResolvedImage } from "./engine.js";
import { handOver, openOutputs } from "./hand-over.js";
import { launch } from "./launch.js";
import { mountInput, mountOutput, OUTPUT_DIR, type Mount } from "./mounts.js";
import { ownerLabel } from "./owner.js";
import { reapOnce } from "./reap-once.js";
import { runScript } from "./run-script.js";
import { bytesOf, isSeen, settleLinks } from "./settle-links.js";

/** One call of one tool in a container. */
export class ContainerBackend implements ExecutionBackend {
  readonly #context: ContainerContext;
  readonly #imageName: string;
  readonly #inputs: Mount[] = [];
  #image: ResolvedImage | undefined;

  /** @param imageName name of the image to run, after overrides */
  constructor(context: ContainerContext, imageName: string) {
    this.#context = context;
    this.#imageName = imageName;
  }

  inputPath({ hostPath, resolveParent }: BaseInput): string {
    const { mount, toolPath } = mountInput(this.#inputs.length, hostPath, resolveParent);
    this.#context.engine.checkMount(mount);
    // What is not there may be the common beginning of its siblings' names.
    const isLink = resolveParent && lstatSync(hostPath, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    if (isLink && !isSeen(mount, bytesOf(toolPath))) throw unseen(hostPath, mount.hostPath);
    this.#inputs.push(mount);
    return toolPath;
  }

  copyPath(name: string): string {
    return `${OUTPUT_DIR}/${name}`;
  }

  /** @throws EngineError where nobody can tell which image the name means */
  image(): string {
    return this.#resolve().identity;
  }

  fingerprint(): JsonValue {
    const { engine, environ } = this.#context;
    const { extraArguments, network, platform } = engine.fingerprint();
    const digests = Object.entries(environ).map(([name, value]) => [name, environmentDigest(value)] as const);
    return {
      environ: Object.fromEntries(digests),
      extraArguments,
      network,
      platform: platform ?? this.#resolve().platform,
    };
  }

  guards(): JsonValue {
    return {}; // the image's digest is in the key, and with it every program that could run
  }

  envNames(): readonly string[] {
    return []; // nothing of this process' environment comes into the container
  }

  /** @throws EngineError where the engine failed, not the tool */
  *run(request: BackendRequest): Flow<CaptureResult> {
    const { engine, launcher, images } = this.#context;
    const { cargs, outputDir, signal } = request;
    const keyed = this.#resolve();
    const image = yield* engine.obtain(keyed, signal);
    if (image !== keyed) images.set(image);
    yield* engine.prepare();
    yield* reapOnce(engine);
    const closeOutputs = openOutputs(engine, outputDir);
    const run = this.#plan(request, image);
    const startedAt = new Date();
    const result = yield* launch(launcher, engine.plan(run), request);
    if (result.signal !== null) yield* engine.end(run.name); // the client was killed, not the container
    if (result.exitCode !== null && engine.ownExitCodes.has(result.exitCode)) {
      const { exitCode } = result;
      yield* diagnose(this.#context, { run, cargs, imageName: image.name, exitCode, outputDir, signal });
    }
    yield* handOver(this.#context, run, outputDir);
    const lost = settleLinks(run.mounts);
    closeOutputs();
    const other = moved(keyed, image) ?? (yield* engine.doubt(image, run.name, startedAt));
    if (other !== null) return { ...result, doubt: { reason: "image-moved", detail: other } };
    return lost === null ? result : { ...result, doubt: { reason: "output-refused", detail: lost } };
  }

  /** What the name means now; once asked, the answer holds for this execution. */
  #resolve(): ResolvedImage {
    const { engine, images } = this.#context;
    this.#image ??= images.get(this.#imageName, (name) => engine.resolve(name));
    return this.#image;
  }

  #plan({ cargs, outputDir, stdin }: BackendRequest, { reference, name }: ResolvedImage): ContainerRun {
    const { engine, environ } = this.#context;
    if (reference === null) throw new Error(`Internal error: ${engine.name} obtained ${name} without a reference`);
    return {
      name: `runcache-${randomBytes(8).toString("hex")}`,
      owner: ownerLabel(),
      image: reference,
      script: runScript(cargs, environ, engine.prelude),
      mounts: [...this.#inputs, mountOutput(outputDir)],
      interactive: stdin !== null,
      asRoot: false,
    };
  }
}

function unseen(hostPath: string, directory: string): InputError {
  return new InputError(
    "ERR_RUNCACHE_INPUT_LINK",
    hostPath,
    `input ${hostPath} is a link that leads nowhere in a container, which sees only the directory ${directory} (resolveParent); pass the path that it leads to, or a copy of the directory in which it is a file`,
  );
}

/** The tag may move between the making of the key and the pull. */
function moved(keyed: ResolvedImage, image: ResolvedImage): string | null {
  if (image.identity === keyed.identity) return null;
  return `image ${keyed.name} moved from ${keyed.identity} to ${image.identity} before the run`;
}
