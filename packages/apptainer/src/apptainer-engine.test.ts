import { runScript, type ContainerRun } from "@runcache/container";
import { describe, expect, test } from "vitest";
import { apptainerEngine } from "./apptainer-engine.js";
import { resolveApptainerOptions, type ApptainerOptions } from "./apptainer-options.js";

const IMAGE = "/images/blur.sif";

const RUN: ContainerRun = {
  name: "runcache-0123456789abcdef",
  owner: "host:42:4242:boot:1",
  image: IMAGE,
  script: runScript(["blur", "/runcache/input/0/a:b,c.nii"], { SIGMA: "2,3" }, ":"),
  mounts: [
    { hostPath: "/data/a:b,c.nii", containerPath: "/runcache/input/0/a:b,c.nii", readOnly: true },
    { hostPath: "/scratch/out", containerPath: "/runcache/output", readOnly: false },
  ],
  interactive: false,
  asRoot: false,
};

function plan(options: ApptainerOptions = {}) {
  return apptainerEngine(resolveApptainerOptions(options)).plan(RUN);
}

test("the command line of a run", () => {
  expect(plan()).toEqual({
    argv: [
      "apptainer",
      "exec",
      "--containall",
      "--cleanenv",
      "--no-home",
      "--no-eval",
      ...["--hostname", "runcache"],
      ...["--net", "--network", "none"],
      "--mount",
      'type=bind,"source=/data/a:b,c.nii","destination=/runcache/input/0/a:b,c.nii",ro',
      "--mount",
      "type=bind,source=/scratch/out,destination=/runcache/output",
      IMAGE,
      "sh",
      "-c",
      RUN.script.args[1],
      "sh",
      "blur",
      "/runcache/input/0/a:b,c.nii",
    ],
    env: { APPTAINERENV_RUNCACHE_ENV_0: "2,3" },
    stopArgv: null,
  });
});

describe("options", () => {
  test("the host's network is what a container has without a namespace", () => {
    expect(plan({ network: "host" }).argv.join(" ")).not.toContain("--net");
    expect(plan({ network: "bridge" }).argv.join(" ")).toContain("--net --network bridge");
    expect(plan({ apptainerExtraArgs: ["--net"] }).argv.join(" ")).not.toContain("--network");
  });

  test("the user's arguments come last of the options, right before the image", () => {
    const { argv } = plan({ apptainerExtraArgs: ["--nv"] });
    expect(argv[argv.indexOf("--nv") + 1]).toBe(IMAGE);
  });

  test("SingularityCE is told variables in its own words", () => {
    const { argv, env } = plan({ apptainerExecutable: "/opt/bin/singularity" });
    expect(argv[0]).toBe("/opt/bin/singularity");
    expect(env).toEqual({ SINGULARITYENV_RUNCACHE_ENV_0: "2,3" });
  });

  test("an image cannot be asked for at each run, because it is built from its registry's", () => {
    expect(() => resolveApptainerOptions({ pull: "always" })).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_OPTION" }),
    );
  });

  test("a misspelt one is refused", () => {
    expect(() => resolveApptainerOptions({ sifdir: "/x" } as ApptainerOptions)).toThrow(/did you mean sifDir/);
  });
});
