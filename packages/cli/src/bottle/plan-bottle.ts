import { realpathSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import {
  Digests,
  encodeManifest,
  readStream,
  runUnblocked,
  selectHasher,
  type CacheKey,
  type Entry,
  type Manifest,
} from "@runcache/core";
import { BottleError } from "./bottle-error.js";
import { BOTTLE_VERSION, entryPath, type BottledEntry, type BottleIndex, type Member } from "./bottle-index.js";
import { BOTTLE_LIMITS } from "./bottle-limits.js";
import { checkMembers } from "./check-members.js";
import { findInputs, isSameProgram, type InputSearch } from "./find-inputs.js";
import { knownEnvironment } from "./known-environment.js";
import { listTree } from "./list-tree.js";
import type { BottlePlan } from "./pack-bottle.js";
import { nameOf, reproductionOf, type Reproduction } from "./reproduction.js";
import { bottleScript, noScript, programDigest, runScript } from "./run-script.js";

export interface PlanOptions extends Omit<InputSearch, "given"> {
  /** Paths given with `--in`; null leaves inputs out. */
  readonly inputs: readonly string[] | null;
  readonly environ: NodeJS.ProcessEnv;
}

/** An entry as a bottle has it, for reports and for the crate. */
export interface PlannedEntry {
  readonly manifest: Manifest;
  readonly bottled: BottledEntry;
  /** Null where nothing says how to run it. */
  readonly reproduction: Reproduction | null;
}

/** Members of a bottle, before they are in order. */
export class Contents {
  readonly #members: Member[] = [];
  readonly #sources = new Map<string, string | Uint8Array>();
  readonly #digests = new Digests({ ledger: null });

  dir(path: string): void {
    this.#members.push({ kind: "dir", path });
  }

  bytes(path: string, content: string | Uint8Array, executable = false): void {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    const digest = selectHasher().hash(bytes);
    this.#members.push({ kind: "file", path, sizeBytes: bytes.length, digest, executable });
    this.#sources.set(path, bytes);
  }

  /** A member whose content lies at the host path `from`. */
  from(member: Member, from: string): void {
    this.#members.push(member);
    this.#sources.set(member.path, from);
  }

  /** The file or directory at the host path `from`, as it is now. */
  async add(path: string, from: string): Promise<void> {
    const stats = statSync(from);
    if (!stats.isDirectory()) {
      await this.#files([[path, realpathSync(from)]]); // a link to a file counts as the file
      return;
    }
    this.dir(path);
    const nodes = listTree(from);
    for (const node of nodes) {
      const inner = `${path}/${node.path}`;
      if (node.kind === "dir") this.dir(inner);
      if (node.kind === "link") this.#members.push({ kind: "link", path: inner, target: node.target });
    }
    await this.#files(
      nodes
        .filter(({ kind }) => kind === "file")
        .map((node) => [`${path}/${node.path}`, join(from, node.path)] as const),
    );
  }

  /** The members in the order of the archive. */
  members(): readonly Member[] {
    const links = this.#members.filter(({ kind }) => kind === "link").sort(byPath);
    return [...this.#members.filter(({ kind }) => kind !== "link").sort(byPath), ...links];
  }

  sourceOf(path: string): string | Uint8Array {
    const source = this.#sources.get(path);
    if (source === undefined) throw new Error(`Internal error: nobody knows where ${path} comes from`);
    return source;
  }

  async #files(files: readonly (readonly [path: string, from: string])[]): Promise<void> {
    const known = await runUnblocked(this.#digests.read(files.map(([, from]) => from)));
    for (const [index, [path, from]] of files.entries()) {
      const file = known[index];
      if (file === undefined) continue;
      const { digest, executable, fingerprint } = file;
      this.from({ kind: "file", path, sizeBytes: Number(fingerprint.sizeBytes), digest, executable }, from);
    }
  }
}

function byPath(a: Member, b: Member): number {
  return a.path < b.path ? -1 : 1;
}

/** What turns the members of a bottle into something more. */
export type Describe = (entries: readonly PlannedEntry[], contents: Contents) => void;

/** A bottle of `entries`, and what is in it. */
export interface PlannedBottle {
  readonly plan: BottlePlan;
  readonly entries: readonly PlannedEntry[];
}

/**
 * Plans a bottle of `entries`: everything is hashed anew, and must be what the entries say.
 * @throws BottleError `ERR_RUNCACHE_BOTTLE_INPUT`, `…_PATH`, `…_LINK`, `…_CONTENT`
 */
export async function planBottle(
  entries: readonly Entry[],
  options: PlanOptions,
  describe: Describe = () => undefined,
): Promise<PlannedBottle> {
  const contents = new Contents();
  contents.dir("entries");
  const planned: PlannedEntry[] = [];
  for (const entry of [...entries].sort(byTime)) planned.push(await addEntry(contents, entry, options));
  const keys = planned.map(({ bottled }) => bottled.key);
  contents.bytes("run.sh", bottleScript(keys), true);
  describe(planned, contents);
  const members = contents.members();
  checkMembers(members, { ...BOTTLE_LIMITS, totalBytes: Infinity, fileBytes: Infinity });
  const index: BottleIndex = { bottle: BOTTLE_VERSION, entries: planned.map(({ bottled }) => bottled), members };
  const name = `runcache-${(keys[0] ?? "").slice(0, 12)}`;
  return { plan: { name, index, contentOf: (path) => contents.sourceOf(path) }, entries: planned };
}

/** What others are made from was made before. */
function byTime(a: Entry, b: Entry): number {
  const [first, second] = [a, b].map(({ manifest, key }) => `${manifest.finishedAt} ${key}`) as [string, string];
  return first < second ? -1 : 1;
}

async function addEntry(contents: Contents, entry: Entry, options: PlanOptions): Promise<PlannedEntry> {
  const { key, dir } = entry;
  refuseOtherHashers(entry);
  const manifest = portable(entry.manifest);
  const base = entryPath(key);
  for (const path of [base, `${base}/outputs`, `${base}/inputs`]) contents.dir(path);
  contents.bytes(`${base}/manifest.json`, encodeManifest(manifest));
  contents.bytes(`${base}/stdout`, readStream(entry, "stdout"));
  contents.bytes(`${base}/stderr`, readStream(entry, "stderr"));
  for (const output of manifest.outputs) {
    const path = `${base}/outputs/${output.path}`;
    if (output.kind === "dir") contents.dir(path);
    else if (output.kind === "link") contents.from({ kind: "link", path, target: output.target }, "");
    else {
      const { sizeBytes, digest, mode } = output;
      contents.from(
        { kind: "file", path, sizeBytes, digest, executable: (mode & 0o100) !== 0 },
        join(dir, output.path),
      );
    }
  }
  const reproduction = reproductionOf(manifest);
  const bottled = { key, inputs: await addInputs(contents, entry, reproduction, options) };
  const program = options.inputs === null ? null : await addProgram(contents, key, manifest, reproduction, options);
  const environment = knownEnvironment(manifest, options.environ);
  const script = reproduction === null ? noScript(key) : runScript({ manifest, reproduction, environment, program });
  contents.bytes(`${base}/run.sh`, script, true);
  return { manifest, bottled, reproduction };
}

/** Nobody's name goes with it. */
function portable(manifest: Manifest): Manifest {
  return { ...manifest, user: null, host: null };
}

function refuseOtherHashers({ key, manifest }: Entry): void {
  const files = manifest.outputs.filter((output) => output.kind === "file");
  const other = [...files, ...manifest.parts.inputs].find(({ digest }) => !digest.startsWith("b3:"));
  if (other === undefined) return;
  const message = `the entry ${key} has digests of a hasher of its owner (${other.digest}), which nobody else could check: a bottle needs BLAKE3`;
  throw new BottleError("CONTENT", message, { key });
}

async function addInputs(
  contents: Contents,
  entry: Entry,
  reproduction: Reproduction | null,
  { inputs, ...search }: PlanOptions,
): Promise<(string | null)[]> {
  const { parts } = entry.manifest;
  if (inputs === null) return parts.inputs.map(() => null);
  const found = await findInputs(entry, { ...search, given: inputs });
  const paths: string[] = [];
  for (const [index, from] of found.entries()) {
    const base = `${entryPath(entry.key)}/inputs/${index}`;
    const path = `${base}/${reproduction?.inputs[index]?.name ?? nameOf(parts.inputs[index]?.name)}`;
    contents.dir(base);
    await contents.add(path, from);
    paths.push(path);
  }
  return paths;
}

/** A program of the user's own, which a command names by a path from where it stands. */
async function addProgram(
  contents: Contents,
  key: CacheKey,
  manifest: Manifest,
  reproduction: Reproduction | null,
  { cwd }: PlanOptions,
): Promise<string | null> {
  const digest = programDigest(manifest);
  const place = reproduction?.program ?? null;
  if (digest === null || place === null) return null;
  const from = resolve(cwd, place);
  if (!(await isSameProgram(from, digest))) return null;
  contents.dir(`${entryPath(key)}/program`);
  await contents.add(`${entryPath(key)}/program/${basename(place)}`, from);
  return basename(place);
}
