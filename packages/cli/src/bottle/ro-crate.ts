import { basename, dirname, extname } from "node:path/posix";
import type { Digest } from "@runcache/core";
import { commandText } from "../reports/command-text.js";
import { INDEX_NAME, entryPath, type Member } from "./bottle-index.js";
import type { Describe, PlannedEntry } from "./plan-bottle.js";
import { programDigest } from "./run-script.js";

/** Name of the file that describes a crate, in its root. */
export const CRATE_NAME = "ro-crate-metadata.json";

const PROFILE = "https://w3id.org/ro/wfrun/process/0.5";

/** What a crate says of itself that no entry knows. */
export interface CrateFacts {
  /** URL of the licence that data and metadata are under, or null where none was stated. */
  readonly license: string | null;
}

/** One thing that the description speaks of. */
type Entity = Readonly<Record<string, unknown>> & { readonly "@id": string };

/**
 * Adds the description of a bottle as an RO-Crate 1.1 by the profile Process Run Crate 0.5: one `CreateAction` an
 * entry, from its inputs to its outputs and streams.
 */
export function describeCrate({ license }: CrateFacts): Describe {
  return (entries, contents) => {
    const files = dataEntities(contents.members());
    const actions = entries.map(actionOf);
    const licenseEntity = licenseOf(license);
    const graph: Entity[] = [
      {
        "@id": CRATE_NAME,
        "@type": "CreativeWork",
        conformsTo: { "@id": "https://w3id.org/ro/crate/1.1" },
        about: { "@id": "./" },
      },
      rootOf(entries, files, licenseEntity),
      { "@id": PROFILE, "@type": "CreativeWork", name: "Process Run Crate", version: "0.5" },
      licenseEntity,
      ...actions.flat(),
      ...files,
    ];
    const context = ["https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context"];
    const text = JSON.stringify({ "@context": context, "@graph": distinct(graph) }, null, 2);
    contents.bytes(CRATE_NAME, `${text}\n`);
  };
}

function rootOf(entries: readonly PlannedEntry[], files: readonly Entity[], license: Entity): Entity {
  const tools = [...new Set(entries.map(({ manifest }) => manifest.tool.name))].join(", ");
  const inner = new Set(files.flatMap((file) => referencesIn(file["hasPart"])));
  return {
    "@id": "./",
    "@type": "Dataset",
    name: `${entries.length === 1 ? "A run" : "Runs"} of ${tools}`,
    description: `What runcache kept of ${entries.length === 1 ? "a run" : `${entries.length} runs`} of ${tools}: inputs, outputs, streams, records, and scripts that run the commands again and compare.`,
    // Not when the crate was made: the same entries give the same crate.
    datePublished: entries
      .map(({ manifest }) => offsetTime(manifest.finishedAt))
      .sort()
      .at(-1),
    license: reference(license),
    conformsTo: { "@id": PROFILE },
    hasPart: one(files.filter((file) => file["@type"] !== "PropertyValue" && !inner.has(file["@id"])).map(reference)),
    mentions: one(entries.map(({ bottled }) => ({ "@id": runId(bottled.key) }))),
  };
}

function licenseOf(url: string | null): Entity {
  if (url !== null) return { "@id": url, "@type": "CreativeWork", name: url };
  const description = "Nobody stated a licence for this crate: ask whoever gave it to you.";
  return { "@id": "#no-license", "@type": "CreativeWork", name: "No licence stated", description };
}

/** The action of an entry, and what only it speaks of. */
function actionOf({ manifest, bottled }: PlannedEntry): Entity[] {
  const { key, tool, image, startedAt, finishedAt, outputs, parts } = manifest;
  const base = entryPath(key);
  const missing: Entity[] = [];
  const objects = bottled.inputs.flatMap((path, index) => {
    const part = parts.inputs[index];
    if (part === undefined) return [];
    if (path !== null) return [{ "@id": idOf(path, part.kind === "tree") }];
    const entity = leftOut(part.name ?? "an input", part.digest);
    missing.push(...entity);
    return entity.slice(0, 1).map(reference);
  });
  const made = outputs.filter(({ kind, path }) => kind !== "link" && !path.includes("/"));
  const nested = outputs.filter(({ kind, path }) => kind === "file" && path.includes("/"));
  const results = [
    ...[...made, ...nested].map(({ path, kind }) => ({ "@id": idOf(`${base}/outputs/${path}`, kind === "dir") })),
    ...["stdout", "stderr"].map((name) => ({ "@id": idOf(`${base}/${name}`, false) })),
  ];
  const program = programDigest(manifest);
  const toolId = `#tool-${program?.slice("b3:".length) ?? key}`;
  const container = image === null ? [] : [containerOf(image, tool.container_image_tag)];
  const command = commandText(manifest);
  return [
    {
      "@id": runId(key),
      "@type": "CreateAction",
      name: `Run of ${tool.name}`,
      ...(command === null ? {} : { description: command }),
      instrument: { "@id": toolId },
      object: one(objects),
      result: one(results),
      startTime: offsetTime(startedAt),
      endTime: offsetTime(finishedAt),
      actionStatus: "http://schema.org/CompletedActionStatus",
      ...(container.length === 0 ? {} : { containerImage: container.map(reference)[0] }),
    },
    {
      "@id": toolId,
      "@type": "SoftwareApplication",
      name: tool.name,
      softwareVersion: program ?? image ?? tool.id,
      ...(Array.isArray(tool.citations) && tool.citations.length > 0 ? { citation: tool.citations } : {}),
    },
    ...container,
    ...missing,
  ];
}

/** UTC as an offset, which validators of the profile want to see. */
function offsetTime(time: string): string {
  return new Date(time).toISOString().replace("Z", "+00:00");
}

function runId(key: string): string {
  return `#run-${key}`;
}

/** @param image `config:sha256:…`, `manifest:sha256:…` or the digest of an image file */
function containerOf(image: string, tag: string | undefined): Entity {
  const sha256 = /sha256:([0-9a-f]{64})$/.exec(image)?.[1];
  const [, registry, name = tag, version] =
    /^(?:docker:\/\/)?(?:([^/]*[.:][^/]*)\/)?([^:@]+)(?::([^@]+))?/.exec(tag ?? "") ?? [];
  const kind = sha256 === undefined ? "SIFImage" : "DockerImage";
  return {
    "@id": `#image-${encodeURIComponent(image)}`,
    "@type": "ContainerImage",
    additionalType: { "@id": `https://w3id.org/ro/terms/workflow-run#${kind}` },
    name: name ?? image,
    ...(registry === undefined ? {} : { registry }),
    ...(version === undefined ? {} : { tag: version }),
    ...(sha256 === undefined ? { identifier: image } : { sha256 }),
  };
}

/** An input that is known, and is not in the crate. */
function leftOut(name: string, digest: Digest): Entity[] {
  const description = "It was left out of this crate; its digest tells whether a file is it.";
  const identifier = identifierOf(digest);
  const work = {
    "@id": `#input-${digest}`,
    "@type": "CreativeWork",
    name,
    description,
    identifier: reference(identifier),
  };
  return [work, identifier];
}

function identifierOf(digest: Digest): Entity {
  const value = digest.slice(digest.indexOf(":") + 1);
  return {
    "@id": `#blake3-${value}`,
    "@type": "PropertyValue",
    propertyID: "https://github.com/BLAKE3-team/BLAKE3",
    name: "BLAKE3",
    value,
  };
}

/** Everything in the crate, the description itself left out. */
function dataEntities(members: readonly Member[]): Entity[] {
  const index = {
    "@id": INDEX_NAME,
    "@type": "File",
    name: INDEX_NAME,
    description: "Every file of this crate with its size and digest.",
    encodingFormat: "application/json",
  };
  const children = new Map<string, Member[]>();
  for (const member of members.filter(({ kind }) => kind !== "link")) {
    const siblings = children.get(dirname(member.path));
    if (siblings === undefined) children.set(dirname(member.path), [member]);
    else siblings.push(member);
  }
  return [index, ...members.flatMap((member) => entitiesOf(member, children.get(member.path) ?? []))];
}

/** @param parts what lies in it, where it is a directory */
function entitiesOf(member: Member, parts: readonly Member[]): Entity[] {
  const { path, kind } = member;
  const name = basename(path);
  switch (kind) {
    case "link":
      return [];
    case "dir": {
      // Frames of the archive hold things of several kinds: only directories of inputs and outputs say something.
      if (!/^entries\/[0-9a-f]+\/(?:inputs\/\d+|outputs)\/./s.test(path)) return [];
      return [
        {
          "@id": idOf(path, true),
          "@type": "Dataset",
          name,
          hasPart: one(parts.map((part) => ({ "@id": idOf(part.path, part.kind === "dir") }))),
        },
      ];
    }
    case "file": {
      const identifier = identifierOf(member.digest);
      const format =
        FORMATS[extname(path)] ?? (/\/std(?:out|err)$/.test(path) ? "text/plain" : "application/octet-stream");
      const file = {
        "@id": idOf(path, false),
        "@type": "File",
        name,
        contentSize: String(member.sizeBytes),
        identifier: reference(identifier),
        encodingFormat: format,
      };
      return [file, identifier];
    }
  }
}

const FORMATS: Readonly<Record<string, string | undefined>> = {
  ".csv": "text/csv",
  ".gz": "application/gzip",
  ".html": "text/html",
  ".jpg": "image/jpeg",
  ".json": "application/json",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".sh": "application/x-sh",
  ".svg": "image/svg+xml",
  ".tsv": "text/tab-separated-values",
  ".txt": "text/plain",
  ".xml": "application/xml",
};

/** The path as a URI, relative to the crate. */
function idOf(path: string, isDirectory: boolean): string {
  return path.split("/").map(encodeURIComponent).join("/") + (isDirectory ? "/" : "");
}

function reference(entity: Entity): { readonly "@id": string } {
  return { "@id": entity["@id"] };
}

/** RO-Crate wants a single value to stand alone. */
function one<T>(values: readonly T[]): T | readonly T[] {
  const [first, ...others] = values;
  return first === undefined || others.length > 0 ? values : first;
}

function referencesIn(value: unknown): string[] {
  const list = (Array.isArray(value) ? value : [value]) as readonly (Entity | undefined)[];
  return list.flatMap((part) => (part === undefined ? [] : [part["@id"]]));
}

/** Digests and tools come up several times. */
function distinct(entities: readonly Entity[]): Entity[] {
  return [...new Map(entities.map((entity) => [entity["@id"], entity])).values()];
}
