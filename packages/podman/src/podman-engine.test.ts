import { runScript, type ContainerRun } from "@runcache/container";
import { describe, expect, test } from "vitest";
import { podmanEngine } from "./podman-engine.js";
import { resolvePodmanOptions, type PodmanOptions } from "./podman-options.js";

const IMAGE = `sha256:${"1".repeat(64)}`;
const SELF = `${process.getuid?.()}:${process.getgid?.()}`;

/** Podman without root shifts users, unless told otherwise. */
const MAPPING = process.getuid?.() === 0 ? [] : ["--userns", "keep-id"];

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

function plan(options: PodmanOptions = {}, run: Partial<ContainerRun> = {}) {
  return podmanEngine(resolvePodmanOptions(options)).plan({ ...RUN, ...run });
}

test("the command line of a run", () => {
  expect(plan()).toEqual({
    argv: [
      "podman",
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
      "--http-proxy=false",
      ...MAPPING,
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
    stopArgv: ["podman", "rm", "--force", "--time", "0", "runcache-0123456789abcdef"],
  });
});

test("the user's arguments come last of the options, right before the image", () => {
  const { argv } = plan({ podmanExtraArgs: ["--gpus", "all"] });
  expect(argv.slice(argv.indexOf("--gpus"), argv.indexOf(IMAGE) + 1)).toEqual(["--gpus", "all", IMAGE]);
});

describe("options", () => {
  test.each<[string, PodmanOptions, readonly string[]]>([
    ["network", { network: "host" }, ["--network", "host"]],
    ["platform", { platform: "linux/arm64" }, ["--platform", "linux/arm64"]],
    ["podmanUserId", { podmanUserId: 0 }, ["--user", `0:${process.getgid?.()}`]],
    ["podmanExecutable", { podmanExecutable: "/opt/podman" }, ["/opt/podman", "run"]],
  ])("%s", (_name, options, expected) => {
    const { argv } = plan(options);
    const at = argv.indexOf(expected[0] ?? "");
    expect(argv.slice(at, at + 2)).toEqual(expected);
  });

  test("a network among the extra arguments is the only one", () => {
    for (const extra of [["--network", "host"], ["--net=host"]]) {
      expect(plan({ podmanExtraArgs: extra }).argv.join(" ")).not.toContain("--network none");
    }
  });

  test.each<[PodmanOptions, string]>([
    [{ podmanUserId: -1 }, "podmanUserId"],
    [{ podmanUserId: 1.5 }, "podmanUserId"],
    [{ network: "" }, "network"],
    [{ platform: "arm64" }, "platform"],
    [{ pull: "sometimes" as "never" }, "pull"],
  ])("%j is refused", (options, name) => {
    expect(() => resolvePodmanOptions(options)).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_OPTION", facts: expect.objectContaining({ name }) as object }),
    );
  });

  test("a misspelt one is refused", () => {
    expect(() => resolvePodmanOptions({ podmanUserID: 0 } as PodmanOptions)).toThrow(/did you mean podmanUserId/);
  });
});

test("standard input is passed on where there is one", () => {
  expect(plan({}, { interactive: true }).argv).toContain("--interactive");
});

test("a container that hands over outputs is root, without the user's arguments", () => {
  const { argv } = plan({ podmanExtraArgs: ["--user", "7"] }, { asRoot: true });
  expect(argv.slice(argv.indexOf("--user"), argv.indexOf("--user") + 2)).toEqual(["--user", "0:0"]);
  expect(argv).not.toContain("7");
});

test("what enters the key is what the user chose, not where the engine is", () => {
  const engine = podmanEngine(
    resolvePodmanOptions({ podmanExecutable: "/opt/podman", podmanExtraArgs: ["--gpus", "all"] }),
  );
  expect(engine.fingerprint()).toEqual({ extraArguments: ["--gpus", "all"], network: "none", platform: null });
});
