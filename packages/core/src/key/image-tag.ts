import { UsageError } from "../types/errors.js";
import type { Metadata } from "../types/runner.js";

/**
 * Immutable digest of the image behind `tag`; throws where it cannot be told. Asked where the base
 * itself does not say which image will run.
 */
export type ImageDigestResolver = (tag: string, metadata: Metadata) => string;

/**
 * Takes the tag for the image: `tag:demo/blur:1.2`. An explicit choice, because runcache does not notice
 * then that a tag was moved to another image.
 */
export const trustTag: ImageDigestResolver = (tag) => `tag:${tag}`;

/**
 * The resolver of a policy that names none.
 * @throws UsageError `ERR_RUNCACHE_IMAGE_UNRESOLVED`, always
 */
export const refuseTag: ImageDigestResolver = (tag, metadata) => {
  const tool = `${metadata.package}/${metadata.name}`;
  throw new UsageError(
    "ERR_RUNCACHE_IMAGE_UNRESOLVED",
    `image ${tag} of ${tool} is a tag, which may mean another image tomorrow; use a runner that knows the image's digest, or set policy.imageDigest (trustTag takes the tag for the image)`,
    { tag, tool },
  );
};
