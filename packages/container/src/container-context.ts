import type { Launcher } from "@runcache/core";
import type { ContainerEngine } from "./engine.js";
import type { ImageMemo } from "./image-memo.js";

/** What the executions of one runner share. */
export interface ContainerContext {
  readonly engine: ContainerEngine;
  readonly launcher: Launcher;
  /** Environment of the tool, on top of the image's own. */
  readonly environ: Readonly<Record<string, string>>;
  readonly images: ImageMemo;
}
