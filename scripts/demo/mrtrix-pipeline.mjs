// @ts-check
// MRtrix3 on a diffusion-like image that is made here: mask, denoise, statistics.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeNifti } from "./make-nifti.mjs";
import { timedStep } from "./timed-step.mjs";

/** Whether MRtrix3 is on the PATH. */
export function hasMrtrix() {
  return ["mrconvert", "dwidenoise", "mrstats"].every((tool) => spawnSync(tool, ["-version"]).status === 0);
}

/**
 * @param {string} dir
 * @returns {import("./pipeline.d.mts").Pipeline}
 */
export function mrtrixPipeline(dir) {
  const image = path.join(dir, "data", "dwi.nii");
  let extent = "5,5,5";
  return {
    title: "MRtrix3: mrconvert → dwidenoise → mrstats",
    parameterChange: "dwidenoise -extent 5,5,5 → 3,3,3",
    inputChange: "other noise in the image",
    prepare() {
      mkdirSync(path.dirname(image), { recursive: true });
      writeFileSync(image, makeNifti({ shape: [24, 24, 16, 12], seed: 1 }));
    },
    async *steps(exec) {
      const converted = await timedStep("mrconvert", "dwi.mif", () =>
        exec({ id: "3.0.3", name: "mrconvert", package: "mrtrix" }, (io) => [
          ...["mrconvert", io.input(image), io.output("dwi.mif"), "-datatype", "float32", "-quiet"],
        ]),
      );
      yield converted;
      const denoised = await timedStep("dwidenoise", "denoised.mif", () =>
        exec({ id: "3.0.3", name: "dwidenoise", package: "mrtrix" }, (io) => [
          ...["dwidenoise", io.input(converted.result.output("dwi.mif")), io.output("denoised.mif")],
          ...["-extent", extent, "-quiet"],
        ]),
      );
      yield denoised;
      yield await timedStep("mrstats", "(standard output)", () =>
        exec({ id: "3.0.3", name: "mrstats", package: "mrtrix" }, (io) => [
          ...["mrstats", io.input(denoised.result.output("denoised.mif")), "-output", "mean", "-allvolumes", "-quiet"],
        ]),
      );
    },
    changeParameter: () => void (extent = "3,3,3"),
    changeInput: () => writeFileSync(image, makeNifti({ shape: [24, 24, 16, 12], seed: 2 })),
  };
}
