import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tempDir, type TempDir } from "../../../../test/kit/temp-dir.js";
import { keyOf } from "../../../../test/store/rig.js";
import { selectHasher } from "../hashing/select-hasher.js";
import { runBlocking, runUnblocked } from "../platform/flow.js";
import type { Entry } from "./entry.js";
import type { Manifest, StreamRecord } from "./manifest.js";
import { MEMBER_BYTES, recordStream } from "./record-stream.js";
import { openStreams, readStream } from "./replay-stream.js";
import { StagedStream } from "./staged-stream.js";

let temp: TempDir;

beforeEach(async () => {
  temp = await tempDir("streams");
});

afterEach(() => temp[Symbol.asyncDispose]());

let runs = 0;

/** An entry of which nothing but the streams is there. */
function record(stdout: Uint8Array): Entry {
  const dir = temp.join(String(runs++));
  mkdirSync(`${dir}/.runcache`, { recursive: true });
  const stream = streamOf(`${dir}/raw`, stdout);
  const recorded = runBlocking(recordStream(stream, `${dir}/.runcache/stdout.gz`, 0o440));
  stream.close();
  const manifest = { stdout: recorded, stderr: EMPTY } as Manifest;
  return { key: keyOf("key"), dir, manifest };
}

function streamOf(path: string, bytes: Uint8Array): StagedStream {
  const stream = new StagedStream(path);
  stream.write(bytes);
  return stream;
}

const EMPTY: StreamRecord = { sizeBytes: 0, digest: selectHasher().hash(Buffer.alloc(0)), inline: "", members: [] };

const noise = (length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 2654435761) >>> 13;
  return bytes;
};

describe("a recorded stream", () => {
  test("comes back byte for byte, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 0, max: 300 }), (piece, times) => {
        const bytes = Buffer.concat(Array.from({ length: times }, () => piece));
        expect(readStream(record(bytes), "stdout").equals(bytes)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test.each([0, 1, 4096])("of %i bytes lies in the manifest", (length) => {
    const entry = record(noise(length));
    expect(entry.manifest.stdout).toMatchObject({
      sizeBytes: length,
      inline: noise(length).toString("base64"),
      members: [],
    });
    expect(readdirSync(`${entry.dir}/.runcache`)).toEqual([]);
  });

  test("of more lies beside it, in gzip members of 1 MiB that any gzip reads", () => {
    const bytes = noise(2 * MEMBER_BYTES + 1);
    const entry = record(bytes);
    const { stdout } = entry.manifest;
    expect(stdout).toMatchObject({ sizeBytes: bytes.length, digest: selectHasher().hash(bytes), inline: null });
    expect(stdout.members).toHaveLength(3);
    const file = `${entry.dir}/.runcache/stdout.gz`;
    expect(gunzipSync(readFileSync(file)).equals(bytes)).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o440);
    expect(readStream(entry, "stdout").equals(bytes)).toBe(true);
  });

  test("is the same whether recording blocks or not", async () => {
    const bytes = noise(MEMBER_BYTES + 5);
    const stream = streamOf(temp.join("raw"), bytes);
    const blocking = runBlocking(recordStream(stream, temp.join("a.gz"), 0o600));
    const unblocked = await runUnblocked(recordStream(stream, temp.join("b.gz"), 0o600));
    stream.close();
    expect(unblocked).toEqual(blocking);
    expect(readFileSync(temp.join("b.gz")).equals(readFileSync(temp.join("a.gz")))).toBe(true);
  });

  test("is read from its start, wherever the tool left the descriptor", () => {
    const entry = record(noise(10));
    expect(readStream(entry, "stdout").equals(noise(10))).toBe(true);
    expect(readStream(entry, "stderr")).toHaveLength(0);
  });

  test("stays readable while it is open, when its entry is moved away", () => {
    const bytes = noise(MEMBER_BYTES + 1);
    const entry = record(bytes);
    const { streams } = openStreams(entry);
    renameSync(entry.dir, `${entry.dir}-away`);
    expect(Buffer.concat([...(streams?.chunks("stdout") ?? [])]).equals(bytes)).toBe(true);
    streams?.close();
    expect(openStreams(entry)).toMatchObject({ streams: null, fault: { reason: "vanished" } });
  });
});

describe("damage to a recorded stream is found before anything of it is replayed", () => {
  const file = (entry: Entry): string => `${entry.dir}/.runcache/stdout.gz`;

  test("whichever byte changed", () => {
    const bytes = noise(6000);
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const entry = record(bytes);
        const damaged = readFileSync(file(entry));
        const index = at % damaged.length;
        damaged[index] = (damaged[index] as number) ^ change;
        writeFileSync(file(entry), damaged, { mode: 0o600 });
        const { streams, fault } = openStreams(entry);
        streams?.close();
        // Nobody reads some bytes of a gzip header, so that their change changes nothing.
        if (fault === null) expect(readStream(entry, "stdout").equals(bytes)).toBe(true);
        else expect(fault).toMatchObject({ reason: "corrupt" });
      }),
      { numRuns: 60 },
    );
  });

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ["cut off", (bytes) => bytes.subarray(0, bytes.length - 1)],
    ["empty", () => Buffer.alloc(0)],
    ["another stream", (bytes) => gzipSync(Buffer.alloc(6000, 1)).subarray(0, bytes.length)],
    ["a bomb", (bytes) => gzipSync(Buffer.alloc(64 * MEMBER_BYTES)).subarray(0, bytes.length)],
  ])("when it is %s", (_, change) => {
    const entry = record(noise(6000));
    const damaged = change(readFileSync(file(entry)));
    rmSync(file(entry));
    writeFileSync(file(entry), damaged);
    expect(openStreams(entry)).toMatchObject({ streams: null, fault: { reason: "corrupt" } });
    expect(() => readStream(entry, "stdout")).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_STREAM" }));
  });

  test("also a right size with a wrong content", () => {
    const entry = record(noise(6000));
    const { stdout } = entry.manifest;
    const wrong = {
      ...entry,
      manifest: { ...entry.manifest, stdout: { ...stdout, digest: selectHasher().hash(noise(5)) } },
    };
    expect(openStreams(wrong)).toMatchObject({ fault: { reason: "corrupt" } });
  });
});
