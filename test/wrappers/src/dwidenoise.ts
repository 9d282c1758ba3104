// Written by hand in exactly the shape of generated wrappers, second generation: type-only imports, property access,
// positional second place of `inputFile`, lines of standard output as an output. A part of the real parameters.

import type { Runner, Execution, Metadata, InputPathType, OutputPathType } from "styxdefs";
import { getGlobalRunner } from "styxdefs";

export const DWIDENOISE_METADATA: Metadata = {
  id: "91c4d0ab7b1e4a0ea4b6d4c26a1c9f0d5f3b8e72.hand",
  name: "dwidenoise",
  package: "mrtrix",
  citations: ["Veraart, J. et al. Denoising of diffusion MRI using random matrix theory. NeuroImage, 2016, 142, 394-406"],
  container_image_tag: "mrtrix3/mrtrix3:3.0.3",
};

export interface DwidenoiseConfigParamsDict {
  "@type"?: "config";
  key: string;
  value: string;
}

export interface DwidenoiseParamsDict {
  "@type"?: "mrtrix/dwidenoise";
  mask?: InputPathType | null;
  extent?: number[] | null;
  noise?: string | null;
  estimator?: "Exp1" | "Exp2" | null;
  quiet?: boolean;
  nthreads?: number | null;
  config?: DwidenoiseConfigParamsDict[] | null;
  version?: boolean;
  dwi: InputPathType;
  out: string;
}
export type DwidenoiseParamsDictTagged = DwidenoiseParamsDict & { "@type": "mrtrix/dwidenoise" };

export interface DwidenoiseOutputs {
  /** Output root folder. This is the root folder for all outputs. */
  root: OutputPathType;
  /** the denoised image */
  out: OutputPathType;
  /** the estimated noise level */
  noise: OutputPathType | null;
  /** Lines of standard output. */
  stdout: string[];
}

export function dwidenoise_config_params(key: string, value: string): DwidenoiseConfigParamsDict {
  return { "@type": "config", key: key, value: value };
}

export function dwidenoise_config_cargs(params: DwidenoiseConfigParamsDict, execution: Execution): string[] {
  const cargs: string[] = [];
  cargs.push("-config");
  cargs.push(params.key);
  cargs.push(params.value);
  return cargs;
}

/**
 * Build parameters.
 *
 * @param dwi - the input diffusion-weighted image
 * @param out - the denoised image
 * @param mask - only process voxels within this mask
 * @param extent - patch size of the filter
 * @param noise - the noise map
 * @param estimator - noise level estimator
 * @param quiet - do not display information messages or progress status
 * @param nthreads - number of threads
 * @param config - temporarily set values of the configuration
 * @param version - display version information and exit
 */
export function dwidenoise_params(
  dwi: InputPathType,
  out: string,
  mask: InputPathType | null = null,
  extent: number[] | null = null,
  noise: string | null = null,
  estimator: "Exp1" | "Exp2" | null = null,
  quiet: boolean = false,
  nthreads: number | null = null,
  config: DwidenoiseConfigParamsDict[] | null = null,
  version: boolean = false,
): DwidenoiseParamsDictTagged {
  const params: DwidenoiseParamsDictTagged = {
    "@type": "mrtrix/dwidenoise",
    quiet: quiet,
    version: version,
    dwi: dwi,
    out: out,
  };
  if (mask !== null) params.mask = mask;
  if (extent !== null) params.extent = extent;
  if (noise !== null) params.noise = noise;
  if (estimator !== null) params.estimator = estimator;
  if (nthreads !== null) params.nthreads = nthreads;
  if (config !== null) params.config = config;
  return params;
}

export function dwidenoise_cargs(params: DwidenoiseParamsDict, execution: Execution): string[] {
  const cargs: string[] = [];
  cargs.push("dwidenoise");
  if (params.mask !== null && params.mask !== undefined) {
    cargs.push("-mask");
    cargs.push(execution.inputFile(params.mask));
  }
  if (params.extent !== null && params.extent !== undefined) {
    cargs.push("-extent");
    cargs.push(params.extent.map(String).join(","));
  }
  if (params.noise !== null && params.noise !== undefined) {
    cargs.push("-noise");
    cargs.push(params.noise);
  }
  if (params.estimator !== null && params.estimator !== undefined) {
    cargs.push("-estimator");
    cargs.push(params.estimator);
  }
  if (params.quiet) {
    cargs.push("-quiet");
  }
  if (params.nthreads !== null && params.nthreads !== undefined) {
    cargs.push("-nthreads");
    cargs.push(String(params.nthreads));
  }
  if (params.config !== null && params.config !== undefined) {
    for (const __c0 of params.config) {
      cargs.push(...dwidenoise_config_cargs(__c0, execution));
    }
  }
  if (params.version) {
    cargs.push("-version");
  }
  cargs.push(execution.inputFile(params.dwi, true));
  cargs.push(params.out);
  return cargs;
}

export function dwidenoise_outputs(params: DwidenoiseParamsDict, execution: Execution): DwidenoiseOutputs {
  const outputs: DwidenoiseOutputs = {
    root: execution.outputFile("."),
    out: execution.outputFile(params.out, true),
    noise: null,
    stdout: [],
  };
  if (params.noise !== null && params.noise !== undefined) {
    outputs.noise = execution.outputFile(params.noise, true);
  }
  return outputs;
}

/**
 * Denoise diffusion data by random matrix theory.
 *
 * Author: MRTrix3 Developers
 *
 * URL: https://www.mrtrix.org/
 *
 * @param params - The parameters.
 * @param runner - Command runner (defaults to global runner).
 */
export function dwidenoise_execute(params: DwidenoiseParamsDict, runner: Runner | null = null): DwidenoiseOutputs {
  runner = runner ?? getGlobalRunner();
  const execution = runner.startExecution(DWIDENOISE_METADATA);
  params = execution.params(params);
  const cargs = dwidenoise_cargs(params, execution);
  const outputs = dwidenoise_outputs(params, execution);
  execution.run(cargs, (line) => outputs.stdout.push(line), undefined);
  return outputs;
}

/**
 * Denoise diffusion data by random matrix theory.
 *
 * Author: MRTrix3 Developers
 *
 * URL: https://www.mrtrix.org/
 *
 * @param dwi - the input diffusion-weighted image
 * @param out - the denoised image
 * @param mask - only process voxels within this mask
 * @param extent - patch size of the filter
 * @param noise - the noise map
 * @param estimator - noise level estimator
 * @param quiet - do not display information messages or progress status
 * @param nthreads - number of threads
 * @param config - temporarily set values of the configuration
 * @param version - display version information and exit
 * @param runner - Command runner (defaults to global runner).
 */
export function dwidenoise(
  dwi: InputPathType,
  out: string,
  mask: InputPathType | null = null,
  extent: number[] | null = null,
  noise: string | null = null,
  estimator: "Exp1" | "Exp2" | null = null,
  quiet: boolean = false,
  nthreads: number | null = null,
  config: DwidenoiseConfigParamsDict[] | null = null,
  version: boolean = false,
  runner: Runner | null = null,
): DwidenoiseOutputs {
  const params = dwidenoise_params(dwi, out, mask, extent, noise, estimator, quiet, nthreads, config, version);
  return dwidenoise_execute(params, runner);
}
