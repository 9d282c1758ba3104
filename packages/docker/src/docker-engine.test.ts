import { runScript, type ContainerRun } from "@runcache/container";
import { describe, expect, test } from "vitest";
import { dockerEngine } from "./docker-engine.js";
import { resolveDockerOptions, type DockerOptions } from "./docker-options.js";

const IMAGE = `sha256:${"1".repeat(64)}`;
const SELF = `${process.getuid?.()}:${process.getgid?.()}`;

const RUN: ContainerRun = {
  name: "runcache-0123456789abcdef",
  owner: "host:42:4242:boot:1",
  image: IMAGE,
  script: runScript(["blur", "/runcache/input/0/t1, final.nii"], { SIGMA: "2" }, ":"),
  mounts: [
    { hostPath: "/data/t1, final.nii", containerPath: "/runcache/input/0/t1, final.nii", readOnly: true },
    { hostPath: "/scratch/out", containerPath: "/runcache/output", readOnly: false },
  ],
  interactive: false,
  asRoot: false,
};

function plan(options: DockerOptions = {}, run: Partial<ContainerRun> = {}) {
  return dockerEngine(resolveDockerOptions(options)).plan({ ...RUN, ...run });
}

test("the command line of a run", () => {
  expect(plan()).toEqual({
    argv: [
      "docker",
      "run",
      "--rm",
      "--init",
      ...["--pull", "never"],
      ...["--network", "none"],
      ...["--name", "runcache-0123456789abcdef"],
      ...["--hostname", "runcache"],
      ...["--label", "dev.runcache.owner=host:42:4242:boot:1"],
      ...["--log-driver", "none"],
      ...["--security-opt", "no-new-privileges"],
      ...["--security-opt", "label=disable"],
      ...["--user", SELF],
      ...["--workdir", "/runcache/output"],
      "--mount",
      'type=bind,"source=/data/t1, final.nii","target=/runcache/input/0/t1, final.nii",readonly',
      "--mount",
      "type=bind,source=/scratch/out,target=/runcache/output",
      ...["--env", "RUNCACHE_ENV_0"],
      ...["--entrypoint", "sh"],
      IMAGE,
      "-c",
      RUN.script.args[1],
      "sh",
      "blur",
      "/runcache/input/0/t1, final.nii",
    ],
    env: { RUNCACHE_ENV_0: "2" },
    stopArgv: ["docker", "rm", "--force", "runcache-0123456789abcdef"],
  });
});

test("the user's arguments come last of the options, right before the image", () => {
  const { argv } = plan({ dockerExtraArgs: ["--gpus", "all"] });
  expect(argv.slice(argv.indexOf("--gpus"), argv.indexOf(IMAGE) + 1)).toEqual(["--gpus", "all", IMAGE]);
});

describe("options", () => {
  test.each<[string, DockerOptions, readonly string[]]>([
    ["network", { network: "host" }, ["--network", "host"]],
    ["platform", { platform: "linux/arm64" }, ["--platform", "linux/arm64"]],
    ["dockerUserId", { dockerUserId: 0 }, ["--user", `0:${process.getgid?.()}`]],
    ["dockerExecutable", { dockerExecutable: "/opt/docker" }, ["/opt/docker", "run"]],
  ])("%s", (_name, options, expected) => {
    const { argv } = plan(options);
    const at = argv.indexOf(expected[0] ?? "");
    expect(argv.slice(at, at + 2)).toEqual(expected);
  });

  test("a network among the extra arguments is the only one", () => {
    for (const extra of [["--network", "host"], ["--net=host"]]) {
      expect(plan({ dockerExtraArgs: extra }).argv.join(" ")).not.toContain("--network none");
    }
  });

  test.each<[DockerOptions, string]>([
    [{ dockerUserId: -1 }, "dockerUserId"],
    [{ dockerUserId: 1.5 }, "dockerUserId"],
    [{ network: "" }, "network"],
    [{ platform: "arm64" }, "platform"],
    [{ pull: "sometimes" as "never" }, "pull"],
  ])("%j is refused", (options, name) => {
    expect(() => resolveDockerOptions(options)).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_OPTION", facts: expect.objectContaining({ name }) as object }),
    );
  });

  test("a misspelt one is refused", () => {
    expect(() => resolveDockerOptions({ dockerUserID: 0 } as DockerOptions)).toThrow(/did you mean dockerUserId/);
  });
});

test("standard input is passed on where there is one", () => {
  expect(plan({}, { interactive: true }).argv).toContain("--interactive");
});

test("a container that hands over outputs is root, without the user's arguments", () => {
  const { argv } = plan({ dockerExtraArgs: ["--user", "7"] }, { asRoot: true });
  expect(argv.slice(argv.indexOf("--user"), argv.indexOf("--user") + 2)).toEqual(["--user", "0:0"]);
  expect(argv).not.toContain("7");
});

test("what enters the key is what the user chose, not where the engine is", () => {
  const engine = dockerEngine(
    resolveDockerOptions({ dockerExecutable: "/opt/docker", dockerExtraArgs: ["--gpus", "all"] }),
  );
  expect(engine.fingerprint()).toEqual({ extraArguments: ["--gpus", "all"], network: "none", platform: null });
});
