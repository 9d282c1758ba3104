import { BaseExecution, DataDir, UsageError, type CacheableRunner, type Metadata } from "@runcache/core";
import { ProcessLauncher } from "@runcache/local";
import { ContainerBackend } from "./container-backend.js";
import type { ContainerContext } from "./container-context.js";
import type { ResolvedContainerOptions } from "./container-options.js";
import type { ContainerEngine } from "./engine.js";
import { ImageMemo } from "./image-memo.js";

/** Runs tools in images, by one engine. */
export class ContainerRunner implements CacheableRunner {
  readonly #context: ContainerContext;
  readonly #dataDir: DataDir;
  readonly #imageOverrides: ReadonlyMap<string, string>;

  constructor(engine: ContainerEngine, options: ResolvedContainerOptions) {
    const { dataDir, environ, imageOverrides, launcher = new ProcessLauncher() } = options;
    this.#context = { engine, environ, launcher, images: new ImageMemo() };
    this.#dataDir = new DataDir(dataDir);
    this.#imageOverrides = imageOverrides;
  }

  /**
   * Makes an execution of the tool in its image.
   * @throws UsageError `ERR_RUNCACHE_NO_IMAGE` where the tool names none
   */
  startExecution(metadata: Metadata): BaseExecution {
    return new BaseExecution(metadata, new ContainerBackend(this.#context, this.#imageOf(metadata)), this.#dataDir);
  }

  #imageOf({ container_image_tag: tag, name, package: pack }: Metadata): string {
    if (tag === undefined || tag === "") {
      throw new UsageError(
        "ERR_RUNCACHE_NO_IMAGE",
        `${pack}/${name} names no container image: run it with LocalRunner, or give its metadata a container_image_tag`,
        { tool: `${pack}/${name}` },
      );
    }
    return this.#imageOverrides.get(tag) ?? tag;
  }
}
