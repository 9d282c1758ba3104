import type { ImageDigestResolver } from "@runcache/core";
import type { ContainerEngine } from "./engine.js";
import { ImageMemo } from "./image-memo.js";

/** Asks `engine` which image a tag means: for `policy.imageDigest`, over a base that does not know. */
export function imageDigestResolver(engine: ContainerEngine): ImageDigestResolver {
  const images = new ImageMemo();
  return (tag) => images.get(tag, (name) => engine.resolve(name)).identity;
}
