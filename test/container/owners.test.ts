import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { chown, lstat, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { tempDir, type TempDir } from "../kit/temp-dir.js";
import { docker, podman, SLOW } from "./engines.js";

const program = fileURLToPath(new URL("run-shell.mjs", import.meta.url));

/** An ordinary user of an engine. */
interface User {
  readonly engine: "docker" | "podman";
  readonly uid: number;
  readonly groups: readonly string[];
  /** Where the engine's client keeps its things; null for a place of the test. */
  readonly home: string | null;
}

const needsRoot = requireOrSkip("root", probes.root) || requireOrSkip("linux", probes.linux);
const dockerUser: User | null = docker.missing || needsRoot ? null : ofDocker();
const podmanUser: User | null = podman.missing || needsRoot ? null : ofPodman();

/** Any user who may talk to the daemon. */
function ofDocker(): User {
  return { engine: "docker", uid: 4321, groups: [String(statSync("/var/run/docker.sock").gid)], home: null };
}

/** The user that scripts/setup-engines.sh makes: Podman without root needs a range of users and a store. */
function ofPodman(): User | null {
  const [, , uid = "", , , home = ""] = spawnSync("getent", ["passwd", "runcache-test"], { encoding: "utf8" })
    .stdout.trim()
    .split(":");
  const reason = uid === "" ? "there is no user runcache-test; scripts/setup-engines.sh podman images makes one" : null;
  return requireOrSkip("podman without root", () => reason)
    ? null
    : { engine: "podman", uid: Number(uid), groups: [], home };
}

/** Runs `script` in busybox, in a process of `user`, and says what came of it. */
function runAs({ engine, uid, groups, home }: User, options: object, script: string, dir: TempDir) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, engine, JSON.stringify(options), script], {
    cwd: dir.path,
    encoding: "utf8",
    env: {
      PATH: process.env["PATH"],
      HOME: home ?? dir.path,
      RUNCACHE_DATA_DIR: dir.path,
      RUN_AS: `${uid}:${[uid, ...groups].join()}`,
    },
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as { readonly outputDir: string; readonly lines: readonly string[] };
}

/** A directory that belongs to `user`. */
async function dirOf({ uid }: User): Promise<TempDir> {
  const dir = await tempDir("user");
  await chown(dir.path, uid, uid);
  return dir;
}

describe.each([
  ["docker", dockerUser],
  ["podman", podmanUser],
])("outputs of an ordinary user of %s", SLOW, (engine, user) => {
  describe.skipIf(user === null)("", () => {
    const self = user as User;
    const option = `${engine}UserId`;

    test("belong to them", async () => {
      await using dir = await dirOf(self);
      const { outputDir, lines } = runAs(self, {}, "mkdir sub && echo x > sub/out && id -u", dir);
      expect(lines).toEqual([String(self.uid)]);
      expect(await lstat(`${outputDir}/sub/out`)).toMatchObject({ uid: self.uid, gid: self.uid });
    });

    test.each([0, 1234])("that the tool made as user %i are handed over", async (toolUser) => {
      await using dir = await dirOf(self);
      const script = "id -u; mkdir sub; echo x > sub/out; chmod 600 sub/out; ln -s /etc/passwd sub/link; chmod 700 sub";
      const { outputDir, lines } = runAs(self, { [option]: toolUser }, script, dir);
      expect(lines).toEqual([String(toolUser)]);
      for (const name of ["sub", "sub/out", "sub/link"]) {
        expect(await lstat(`${outputDir}/${name}`)).toMatchObject({ uid: self.uid, gid: self.uid });
      }
      expect(await readFile(`${outputDir}/sub/out`, "utf8")).toBe("x\n");
      expect((await lstat("/etc/passwd")).uid).toBe(0);
    });

    test("that cannot be handed over are an error that names them", async () => {
      await using dir = await dirOf(self);
      // A client that starts every container but the one that is to hand over.
      const client = dir.join("client");
      await writeFile(client, `#!/bin/sh\ncase "$*" in *-owner*) exit 125 ;; esac\nexec ${engine} "$@"\n`, {
        mode: 0o755,
      });
      const options = { [option]: 0, [`${engine}Executable`]: client };
      expect(() => runAs(self, options, "echo x > out", dir)).toThrow(
        new RegExp(`ERR_RUNCACHE_ENGINE_OUTPUT_OWNER: .*/out belongs to another user.*exit code 125.*${option}`),
      );
    });
  });
});
