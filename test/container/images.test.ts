import { chmod, readFile, writeFile } from "node:fs/promises";
import { CachingRunner, type CacheEvent } from "@runcache/core";
import type { ContainerRunner } from "@runcache/container";
import { afterEach, describe, expect, test, vi } from "vitest";
import { RecordedEvents } from "../kit/recorded-events.js";
import { tempDir } from "../kit/temp-dir.js";
import { ask, BUSYBOX, docker, engines, podman, toolIn, type TestedEngine, SLOW } from "./engines.js";
import { forget, isHere, newImageName, publish, registryEngines, registryMissing } from "./registry.js";

const TAG_FILE = "/etc/runcache-test";

afterEach(() => vi.unstubAllEnvs());

/** Through a cache in `cacheDir`, what the file that tells the test images apart says in `image`. */
async function tell(base: ContainerRunner, cacheDir: string, image: string, events = new RecordedEvents()) {
  const runner = new CachingRunner({ base, cacheDir, onEvent: events.listener });
  const result = await runner.exec({ id: "1", name: "cat", image }, () => ["cat", TAG_FILE]);
  return { status: result.status, text: result.stdout(), events };
}

function imageOf(runner: ContainerRunner, image: string): string {
  return runner.startExecution(toolIn(image)).image() ?? "";
}

describe.skipIf(docker.missing || podman.missing)("docker and podman", SLOW, () => {
  test("give an image one identity, and so share entries", async () => {
    await using dir = await tempDir();
    expect(await tell(docker.makeRunner(), dir.path, BUSYBOX)).toMatchObject({ status: "miss", text: "1\n" });
    expect(await tell(podman.makeRunner(), dir.path, BUSYBOX)).toMatchObject({ status: "hit", text: "1\n" });
    expect(await tell(podman.makeRunner(), dir.path, "runcache-test/busybox:2")).toMatchObject({
      status: "miss",
      text: "2\n",
    });
  });
});

describe.each(registryEngines)("$name and a registry", (engine) => {
  describe.skipIf(engine.missing)("with an image that is not on this machine", SLOW, () => {
    test("an identity is told without a pull, and a run pulls just that image", () => {
      const name = newImageName();
      const { identity, manifest } = publish(name);
      const runner = engine.makeRunner();
      expect(imageOf(runner, name)).toBe(identity);
      expect(imageOf(engine.makeRunner(), name.replace(/:1$/, `@${manifest}`))).toBe(identity);
      expect(engine.imageDigest()(name, toolIn(name))).toBe(identity);
      expect(isHere(engine, name)).toBe(false);
      runner.startExecution(toolIn(name)).run(["true"]);
      expect(isHere(engine, name)).toBe(true);
      forget(engine, name);
    });

    test("a hit needs no image, a miss pulls it, and a tag that was pushed again is a miss that says so", async () => {
      await using dir = await tempDir();
      const name = newImageName();
      publish(name);
      const first = await tell(engine.makeRunner(), dir.path, name);
      expect(first).toMatchObject({ status: "miss" });
      forget(engine, name);
      expect(await tell(engine.makeRunner(), dir.path, name)).toMatchObject({ status: "hit" });
      expect(isHere(engine, name)).toBe(false);

      publish(name);
      const moved = await tell(engine.makeRunner(), dir.path, name);
      expect(moved.status).toBe("miss");
      expect(moved.events.of("miss")).toMatchObject([
        { explanation: expect.stringContaining("image moved") as string },
      ]);
      expect(moved.events.executions).toBe(1);
      forget(engine, name);
    });

    test("with pull never, a miss fails with the command that would help", async () => {
      await using dir = await tempDir();
      const name = newImageName();
      publish(name);
      const failure = await tell(engine.makeRunner({ pull: "never" }), dir.path, name).catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: "EngineError", code: "ERR_RUNCACHE_ENGINE_IMAGE_MISSING" });
      const [, command = ""] = /'(\w+ pull [^']*)'/.exec((failure as Error).message) ?? [];
      ask(engine, ...command.split(" ").slice(1));
      expect(await tell(engine.makeRunner({ pull: "never" }), dir.path, name)).toMatchObject({ status: "miss" });
      forget(engine, name);
    });
  });

  describe.skipIf(engine.missing)("with an image on this machine", SLOW, () => {
    test("pull always notices that the registry has another one", async () => {
      await using dir = await tempDir();
      const name = newImageName();
      const old = publish(name);
      const options = { pull: "always" } as const;
      expect(await tell(engine.makeRunner(options), dir.path, name)).toMatchObject({ status: "miss" });
      expect(await tell(engine.makeRunner(options), dir.path, name)).toMatchObject({ status: "hit" });
      publish(name);
      ask(engine, "tag", old.identity.replace("config:", ""), name); // this machine still has the old one
      expect(await tell(engine.makeRunner(), dir.path, name)).toMatchObject({ status: "hit" });
      const moved = await tell(engine.makeRunner(options), dir.path, name);
      expect(moved.status).toBe("miss");
      expect(moved.events.of("stored")).toHaveLength(1);
      expect(await tell(engine.makeRunner(), dir.path, name)).toMatchObject({ status: "hit" });
      forget(engine, name);
      forget(engine, old.identity.replace("config:", ""));
    });
  });

  describe.skipIf(engine.missing || podman.missing)("with an image for several platforms", SLOW, () => {
    test("the one for the platform is meant", () => {
      const [name, one, other] = [newImageName(), newImageName(), newImageName()];
      const [own, foreign] = [publish(one), publish(other)];
      const architecture = ask(docker, "version", "--format", "{{.Server.Arch}}");
      const elsewhere = architecture === "arm64" ? "amd64" : "arm64";
      ask(podman, "manifest", "create", name);
      ask(podman, "manifest", "add", "--arch", architecture, name, `docker://${one}`);
      ask(podman, "manifest", "add", "--arch", elsewhere, name, `docker://${other}`);
      ask(podman, "manifest", "push", "--tls-verify=false", name, `docker://${name}`);
      ask(podman, "manifest", "rm", name);
      expect(imageOf(engine.makeRunner(), name)).toBe(own.identity);
      expect(imageOf(engine.makeRunner({ platform: `linux/${elsewhere}` }), name)).toBe(foreign.identity);
    });
  });

  test.skipIf(engine.missing)("a tag that nobody knows is an error, not a tag", SLOW, () => {
    const name = newImageName();
    expect(() => imageOf(engine.makeRunner(), name)).toThrow(
      expect.objectContaining({
        code: "ERR_RUNCACHE_ENGINE_IMAGE_UNKNOWN",
        message: expect.stringMatching(new RegExp(`${name}.*${engine.name} pull`)) as string,
      }),
    );
  });
});

describe.each(engines)("$name", (engine) => {
  describe.skipIf(engine.missing)("and its images", SLOW, () => {
    test("an override is what runs, and what is keyed", async () => {
      await using dir = await tempDir();
      const base = engine.makeRunner({ imageOverrides: { "demo/nowhere:1": "runcache-test/busybox:2" } });
      expect(await tell(base, dir.path, "demo/nowhere:1")).toMatchObject({ status: "miss", text: "2\n" });
      expect(await tell(engine.makeRunner(), dir.path, "runcache-test/busybox:2")).toMatchObject({ status: "hit" });
    });

    test("an image may be named by its id", async () => {
      await using dir = await tempDir();
      const [, id = ""] = imageOf(engine.makeRunner(), BUSYBOX).split("config:");
      expect(await tell(engine.makeRunner(), dir.path, id)).toMatchObject({ status: "miss", text: "1\n" });
    });

    test("a client that runs another image is found out: the result is delivered and not stored", async () => {
      await using dir = await tempDir();
      const client = await swappingClient(engine, dir.join("client"));
      const { status, text, events } = await tell(engine.makeRunnerBy(client), dir.join("cache"), BUSYBOX);
      expect({ status, text }).toEqual({ status: "miss", text: "2\n" });
      const stored = (event: CacheEvent): boolean => event.type === "stored";
      expect(events.all.some(stored)).toBe(false);
      expect(events.of("not-stored")).toMatchObject([{ reason: "image-moved" }]);
    });

    test("a tool without an image is refused", () => {
      expect(() => engine.makeRunner().startExecution({ id: "1", name: "a", package: "b" })).toThrow(
        expect.objectContaining({ code: "ERR_RUNCACHE_NO_IMAGE" }),
      );
    });

    test("the engine is asked once for a burst of executions", async () => {
      await using dir = await tempDir();
      const client = await countingClient(engine, dir.join("client"), dir.join("calls"));
      const runner = engine.makeRunnerBy(client);
      for (let call = 0; call < 10; call += 1) expect(imageOf(runner, BUSYBOX)).toMatch(/^config:sha256:[0-9a-f]{64}$/);
      const calls = (await readFile(dir.join("calls"), "utf8")).trim().split("\n");
      expect(calls.filter((line) => line.startsWith("image inspect"))).toHaveLength(1);
    });
  });
});

describe.skipIf(docker.missing)("a docker daemon that does not answer", SLOW, () => {
  test("is an error that says so, and is forgotten when it answers again", () => {
    const runner = docker.makeRunner();
    vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock");
    expect(() => imageOf(runner, BUSYBOX)).toThrow(
      expect.objectContaining({ name: "EngineError", code: "ERR_RUNCACHE_ENGINE_UNAVAILABLE" }),
    );
    vi.unstubAllEnvs();
    expect(imageOf(runner, BUSYBOX)).toMatch(/^config:sha256:/);
  });
});

test.each(engines)("$name that is not installed is an error that says so", (engine) => {
  const runner = engine.makeRunnerBy("/nowhere/engine");
  expect(() => imageOf(runner, BUSYBOX)).toThrow(
    expect.objectContaining({ code: "ERR_RUNCACHE_ENGINE_NOT_FOUND", engine: engine.name }),
  );
});

/** A client that runs `runcache-test/busybox:2` whatever it is asked to run. */
async function swappingClient(engine: TestedEngine, path: string): Promise<string> {
  const [, id = ""] = imageOf(engine.makeRunner(), BUSYBOX).split("config:");
  await writeFile(
    path,
    `#!/bin/sh
if [ "$1" = run ]; then
  for word; do
    shift
    [ "$word" = ${id} ] && word=runcache-test/busybox:2
    set -- "$@" "$word"
  done
fi
exec ${engine.name} "$@"
`,
  );
  await chmod(path, 0o755);
  return path;
}

/** A client that writes a line to the file `calls` each time. */
async function countingClient(engine: TestedEngine, path: string, calls: string): Promise<string> {
  await writeFile(path, `#!/bin/sh\necho "$*" >> '${calls}'\nexec ${engine.name} "$@"\n`);
  await chmod(path, 0o755);
  return path;
}

test.skipIf(registryMissing)("what is published here is told apart", SLOW, () => {
  const name = newImageName();
  expect(publish(name).identity).not.toBe(publish(name).identity);
});
