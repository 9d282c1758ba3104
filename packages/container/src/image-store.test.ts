import { runBlocking, type Flow } from "@runcache/core";
import { describe, expect, test } from "vitest";
import { missingImage, unknownImage } from "./image-errors.js";
import { formatImageReference, type ImageReference } from "./image-reference.js";
import { obtainImage, resolveImage, type ImageStore, type RegistryImage, type StoredImage } from "./image-store.js";

const NAME = "demo/blur:1.2";
const WHOLE = "docker.io/demo/blur:1.2";
const SETTINGS = { pull: "missing", platform: null } as const;

/** An engine in memory, which writes down what it is asked. */
class FakeStore implements ImageStore {
  readonly engine = "fake";
  readonly asked: string[] = [];
  /** Name → identity of what this machine has. */
  readonly here = new Map<string, string>();
  /** Whole name → identity of what the registry has. */
  readonly there = new Map<string, string>();

  // eslint-disable-next-line require-yield -- nothing to wait for
  *inspect(name: string): Flow<StoredImage | null> {
    this.asked.push(`inspect ${name}`);
    const id = this.here.get(name) ?? [...this.here.values()].find((other) => other === name);
    if (id === undefined) return null;
    return { identity: `config:${id}`, platform: "linux/amd64", identifiesPlatform: true, reference: id };
  }

  // eslint-disable-next-line require-yield -- nothing to wait for
  *ask(reference: ImageReference): Flow<RegistryImage> {
    const name = formatImageReference(reference);
    this.asked.push(`ask ${name}`);
    const id = this.there.get(name);
    if (id === undefined) throw unknownImage("fake", reference, "manifest unknown", this.pullCommand(reference));
    return { id, identity: `config:${id}`, platform: "linux/amd64", identifiesPlatform: true };
  }

  // eslint-disable-next-line require-yield -- nothing to wait for
  *pull(reference: ImageReference): Flow<void> {
    const name = formatImageReference(reference);
    this.asked.push(`pull ${name}`);
    const id = this.there.get(name);
    if (id !== undefined) this.here.set(name, id).set(NAME, id);
  }

  pullCommand(reference: ImageReference): string {
    return `fake pull ${formatImageReference(reference)}`;
  }
}

describe("resolving", () => {
  test("an image of this machine asks no registry", () => {
    const store = new FakeStore();
    store.here.set(NAME, "sha256:1");
    store.there.set(WHOLE, "sha256:2");
    expect(runBlocking(resolveImage(store, NAME, SETTINGS))).toEqual({
      name: NAME,
      identity: "config:sha256:1",
      platform: null,
      reference: "sha256:1",
    });
    expect(store.asked).toEqual([`inspect ${NAME}`]);
  });

  test("an image that is not here is told by its registry, and not pulled", () => {
    const store = new FakeStore();
    store.there.set(WHOLE, "sha256:2");
    expect(runBlocking(resolveImage(store, NAME, SETTINGS))).toMatchObject({
      identity: "config:sha256:2",
      reference: null,
    });
    expect(store.asked).toEqual([`inspect ${NAME}`, `ask ${WHOLE}`, "inspect sha256:2"]);
  });

  test("an image that is here under another name needs no pull", () => {
    const store = new FakeStore();
    store.there.set(WHOLE, "sha256:2");
    store.here.set("other:1", "sha256:2");
    expect(runBlocking(resolveImage(store, NAME, SETTINGS)).reference).toBe("sha256:2");
  });

  test("with pull always, the registry decides what a tag means, and the machine what a digest is", () => {
    const store = new FakeStore();
    const pinned = `demo/blur@sha256:${"a".repeat(64)}`;
    store.here.set(NAME, "sha256:1").set(pinned, "sha256:3");
    store.there.set(WHOLE, "sha256:2");
    const settings = { pull: "always", platform: null } as const;
    expect(runBlocking(resolveImage(store, NAME, settings)).identity).toBe("config:sha256:2");
    expect(runBlocking(resolveImage(store, pinned, settings)).identity).toBe("config:sha256:3");
  });

  test("an image of another platform is not the one that is wanted", () => {
    const store = new FakeStore();
    store.here.set(NAME, "sha256:1");
    store.there.set(WHOLE, "sha256:2");
    const resolve = (platform: string) => runBlocking(resolveImage(store, NAME, { pull: "missing", platform }));
    expect(resolve("linux/amd64").identity).toBe("config:sha256:1");
    expect(resolve("linux/arm64").identity).toBe("config:sha256:2");
  });

  test("a tag that nobody knows is an error that names the pull command", () => {
    expect(() => runBlocking(resolveImage(new FakeStore(), NAME, SETTINGS))).toThrow(
      expect.objectContaining({
        code: "ERR_RUNCACHE_ENGINE_IMAGE_UNKNOWN",
        message: expect.stringContaining(`'fake pull ${WHOLE}'`) as string,
      }),
    );
  });

  test("an id that is not here is in no registry", () => {
    const store = new FakeStore();
    expect(() => runBlocking(resolveImage(store, `sha256:${"b".repeat(64)}`, SETTINGS))).toThrow(
      expect.objectContaining({ code: missingImage("", "", "").code }),
    );
    expect(store.asked).toHaveLength(1);
  });
});

describe("obtaining", () => {
  function absent(store: FakeStore) {
    const image = runBlocking(resolveImage(store, NAME, SETTINGS));
    store.asked.length = 0;
    return image;
  }

  test("what is here is taken as it is", () => {
    const store = new FakeStore();
    store.here.set(NAME, "sha256:1");
    const image = absent(store);
    expect(runBlocking(obtainImage(store, image, SETTINGS))).toBe(image);
    expect(store.asked).toEqual([]);
  });

  test("what is missing is pulled once", () => {
    const store = new FakeStore();
    store.there.set(WHOLE, "sha256:2");
    expect(runBlocking(obtainImage(store, absent(store), SETTINGS)).reference).toBe("sha256:2");
    expect(store.asked).toEqual([`inspect ${NAME}`, `pull ${WHOLE}`, `inspect ${WHOLE}`]);
  });

  test("what somebody else pulled meanwhile is not pulled again", () => {
    const store = new FakeStore();
    store.there.set(WHOLE, "sha256:2");
    const image = absent(store);
    store.here.set(NAME, "sha256:2");
    expect(runBlocking(obtainImage(store, image, SETTINGS)).reference).toBe("sha256:2");
    expect(store.asked).toEqual([`inspect ${NAME}`]);
  });

  test("a tag that moved before the pull brings the image that it means then", () => {
    const store = new FakeStore();
    store.there.set(WHOLE, "sha256:2");
    const image = absent(store);
    store.there.set(WHOLE, "sha256:3");
    expect(runBlocking(obtainImage(store, image, SETTINGS)).identity).toBe("config:sha256:3");
  });

  test("with pull never, the error names the pull command", () => {
    const store = new FakeStore();
    store.there.set(WHOLE, "sha256:2");
    expect(() => runBlocking(obtainImage(store, absent(store), { pull: "never", platform: null }))).toThrow(
      expect.objectContaining({
        code: "ERR_RUNCACHE_ENGINE_IMAGE_MISSING",
        message: expect.stringContaining(`'fake pull ${WHOLE}'`) as string,
      }),
    );
  });

  test("a pull that brings nothing is an error", () => {
    const store = new FakeStore();
    store.there.set(WHOLE, "sha256:2");
    const image = absent(store);
    store.there.clear();
    expect(() => runBlocking(obtainImage(store, image, SETTINGS))).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_ENGINE_PULL_FAILED" }),
    );
  });
});
