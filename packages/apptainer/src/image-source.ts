import { formatImageReference, parseImageReference } from "@runcache/container";
import { UsageError } from "@runcache/core";

/** Where Apptainer gets an image from. */
export type ImageSource =
  | {
      readonly kind: "file";
      /** Host path of a SIF file, as given. */
      readonly path: string;
    }
  | {
      readonly kind: "registry";
      /** `docker://…`, `oras://…`, `library://…`, `shub://…`. */
      readonly uri: string;
    };

/**
 * Reads the name of an image: a path (`/…`, `./…`, `../…`, `….sif`), a URI, or a tag as Docker has them.
 * @throws UsageError `ERR_RUNCACHE_IMAGE_NAME`
 */
export function parseSource(name: string): ImageSource {
  if (/^(?:\.{0,2}\/|[^-].*\.sif$)/s.test(name) && !name.includes("://")) return { kind: "file", path: name };
  const [, scheme = "docker"] = /^([a-z]+):\/\//.exec(name) ?? [];
  if (["oras", "library", "shub"].includes(scheme)) return { kind: "registry", uri: name };
  const reference = scheme === "docker" ? parseImageReference(name) : null;
  if (reference !== null && reference.kind !== "id") {
    return { kind: "registry", uri: `docker://${formatImageReference(reference)}` };
  }
  throw new UsageError(
    "ERR_RUNCACHE_IMAGE_NAME",
    `Apptainer has no image ${JSON.stringify(name)}: name a SIF file by its path, or an image by tag, docker://, oras:// or library://`,
    { image: name },
  );
}
