// Written by hand in exactly the shape of generated wrappers, first generation: bracket access, `?? null` everywhere,
// look-up of nested builders by "@type", options object in second place of `inputFile`. A part of the real parameters.

import { Runner, Execution, Metadata, InputPathType, OutputPathType, getGlobalRunner } from 'styxdefs';

const MRCONVERT_METADATA: Metadata = {
    id: "2b0d9b6c8f5e4d7f9a61c1a5fa2f2c0f6d1e7b34.hand",
    name: "mrconvert",
    package: "mrtrix",
    citations: ["Tournier, J.-D. et al. MRtrix3. NeuroImage, 2019, 202, 116137"],
    container_image_tag: "mrtrix3/mrtrix3:3.0.3",
};


interface MrconvertCoordParamsDict {
    "@type"?: "coord";
    "axis": number;
    "selection": Array<number>;
}
type MrconvertCoordParamsDictTagged = Required<Pick<MrconvertCoordParamsDict, '@type'>> & MrconvertCoordParamsDict;


interface MrconvertFslgradParamsDict {
    "@type"?: "fslgrad";
    "bvecs": InputPathType;
    "bvals": InputPathType;
}
type MrconvertFslgradParamsDictTagged = Required<Pick<MrconvertFslgradParamsDict, '@type'>> & MrconvertFslgradParamsDict;


interface MrconvertExportGradFslParamsDict {
    "@type"?: "export_grad_fsl";
    "bvecs_path": string;
    "bvals_path": string;
}
type MrconvertExportGradFslParamsDictTagged = Required<Pick<MrconvertExportGradFslParamsDict, '@type'>> & MrconvertExportGradFslParamsDict;


interface MrconvertVariousStringParamsDict {
    "@type"?: "VariousString";
    "obj": string;
}
type MrconvertVariousStringParamsDictTagged = Required<Pick<MrconvertVariousStringParamsDict, '@type'>> & MrconvertVariousStringParamsDict;


interface MrconvertVariousFileParamsDict {
    "@type"?: "VariousFile";
    "obj": InputPathType;
}
type MrconvertVariousFileParamsDictTagged = Required<Pick<MrconvertVariousFileParamsDict, '@type'>> & MrconvertVariousFileParamsDict;


interface MrconvertParamsDict {
    "@type"?: "mrtrix/mrconvert";
    "coord"?: Array<MrconvertCoordParamsDict> | null | undefined;
    "vox"?: Array<number> | null | undefined;
    "strides"?: MrconvertVariousStringParamsDictTagged | MrconvertVariousFileParamsDictTagged | null | undefined;
    "datatype"?: string | null | undefined;
    "json_export"?: string | null | undefined;
    "fslgrad"?: MrconvertFslgradParamsDict | null | undefined;
    "export_grad_fsl"?: MrconvertExportGradFslParamsDict | null | undefined;
    "quiet": boolean;
    "nthreads"?: number | null | undefined;
    "input": InputPathType;
    "output": string;
}
type MrconvertParamsDictTagged = Required<Pick<MrconvertParamsDict, '@type'>> & MrconvertParamsDict;


/**
 * Get build cargs function by command type.
 *
 * @param t Command type
 *
 * @returns Build cargs function.
 */
function mrconvert_strides_cargs_dyn_fn(
    t: string,
): Function | undefined {
    const cargsFuncs = {
        "VariousString": mrconvert_various_string_cargs,
        "VariousFile": mrconvert_various_file_cargs,
    };
    return cargsFuncs[t];
}


/**
 * Build parameters.
 *
 * @param axis axis along which data are kept
 * @param selection coordinates that are kept
 *
 * @returns Parameter dictionary
 */
function mrconvert_coord_params(
    axis: number,
    selection: Array<number>,
): MrconvertCoordParamsDictTagged {
    const params = {
        "@type": "coord" as const,
        "axis": axis,
        "selection": selection,
    };
    return params;
}


/**
 * Build command-line arguments from parameters.
 *
 * @param params The parameters.
 * @param execution The execution object for resolving input paths.
 *
 * @returns Command-line arguments.
 */
function mrconvert_coord_cargs(
    params: MrconvertCoordParamsDict,
    execution: Execution,
): string[] {
    const cargs: string[] = [];
    cargs.push("-coord");
    cargs.push(String((params["axis"] ?? null)));
    cargs.push((params["selection"] ?? null).map(String).join(","));
    return cargs;
}


/**
 * Build parameters.
 *
 * @param obj String object.
 *
 * @returns Parameter dictionary
 */
function mrconvert_various_string_params(
    obj: string,
): MrconvertVariousStringParamsDictTagged {
    const params = {
        "@type": "VariousString" as const,
        "obj": obj,
    };
    return params;
}


/**
 * Build command-line arguments from parameters.
 *
 * @param params The parameters.
 * @param execution The execution object for resolving input paths.
 *
 * @returns Command-line arguments.
 */
function mrconvert_various_string_cargs(
    params: MrconvertVariousStringParamsDict,
    execution: Execution,
): string[] {
    const cargs: string[] = [];
    cargs.push((params["obj"] ?? null));
    return cargs;
}


/**
 * Build parameters.
 *
 * @param obj File object.
 *
 * @returns Parameter dictionary
 */
function mrconvert_various_file_params(
    obj: InputPathType,
): MrconvertVariousFileParamsDictTagged {
    const params = {
        "@type": "VariousFile" as const,
        "obj": obj,
    };
    return params;
}


/**
 * Build command-line arguments from parameters.
 *
 * @param params The parameters.
 * @param execution The execution object for resolving input paths.
 *
 * @returns Command-line arguments.
 */
function mrconvert_various_file_cargs(
    params: MrconvertVariousFileParamsDict,
    execution: Execution,
): string[] {
    const cargs: string[] = [];
    cargs.push(execution.inputFile((params["obj"] ?? null)));
    return cargs;
}


/**
 * Build parameters.
 *
 * @param bvecs gradient directions
 * @param bvals gradient weightings
 *
 * @returns Parameter dictionary
 */
function mrconvert_fslgrad_params(
    bvecs: InputPathType,
    bvals: InputPathType,
): MrconvertFslgradParamsDictTagged {
    const params = {
        "@type": "fslgrad" as const,
        "bvecs": bvecs,
        "bvals": bvals,
    };
    return params;
}


/**
 * Build command-line arguments from parameters.
 *
 * @param params The parameters.
 * @param execution The execution object for resolving input paths.
 *
 * @returns Command-line arguments.
 */
function mrconvert_fslgrad_cargs(
    params: MrconvertFslgradParamsDict,
    execution: Execution,
): string[] {
    const cargs: string[] = [];
    cargs.push("-fslgrad");
    cargs.push(execution.inputFile((params["bvecs"] ?? null)));
    cargs.push(execution.inputFile((params["bvals"] ?? null)));
    return cargs;
}


/**
 * Output object returned when calling `MrconvertExportGradFslParamsDict | null(...)`.
 *
 * @interface
 */
interface MrconvertExportGradFslOutputs {
    /**
     * Output root folder. This is the root folder for all outputs.
     */
    root: OutputPathType;
    /**
     * gradient directions
     */
    bvecs_path: OutputPathType;
    /**
     * gradient weightings
     */
    bvals_path: OutputPathType;
}


/**
 * Build parameters.
 *
 * @param bvecs_path gradient directions
 * @param bvals_path gradient weightings
 *
 * @returns Parameter dictionary
 */
function mrconvert_export_grad_fsl_params(
    bvecs_path: string,
    bvals_path: string,
): MrconvertExportGradFslParamsDictTagged {
    const params = {
        "@type": "export_grad_fsl" as const,
        "bvecs_path": bvecs_path,
        "bvals_path": bvals_path,
    };
    return params;
}


/**
 * Build command-line arguments from parameters.
 *
 * @param params The parameters.
 * @param execution The execution object for resolving input paths.
 *
 * @returns Command-line arguments.
 */
function mrconvert_export_grad_fsl_cargs(
    params: MrconvertExportGradFslParamsDict,
    execution: Execution,
): string[] {
    const cargs: string[] = [];
    cargs.push("-export_grad_fsl");
    cargs.push((params["bvecs_path"] ?? null));
    cargs.push((params["bvals_path"] ?? null));
    return cargs;
}


/**
 * Build outputs object containing output file paths and possibly stdout/stderr.
 *
 * @param params The parameters.
 * @param execution The execution object for resolving input paths.
 *
 * @returns Outputs object.
 */
function mrconvert_export_grad_fsl_outputs(
    params: MrconvertExportGradFslParamsDict,
    execution: Execution,
): MrconvertExportGradFslOutputs {
    const ret: MrconvertExportGradFslOutputs = {
        root: execution.outputFile("."),
        bvecs_path: execution.outputFile([(params["bvecs_path"] ?? null)].join('')),
        bvals_path: execution.outputFile([(params["bvals_path"] ?? null)].join('')),
    };
    return ret;
}


/**
 * Output object returned when calling `MrconvertParamsDict(...)`.
 *
 * @interface
 */
interface MrconvertOutputs {
    /**
     * Output root folder. This is the root folder for all outputs.
     */
    root: OutputPathType;
    /**
     * the converted image
     */
    output: OutputPathType;
    /**
     * the header of the image
     */
    json_export: OutputPathType | null;
    /**
     * Outputs from `MrconvertExportGradFslParamsDict`.
     */
    export_grad_fsl: MrconvertExportGradFslOutputs | null;
}


/**
 * Build parameters.
 *
 * @param input the input image
 * @param output the output image
 * @param coord keep only some coordinates along an axis
 * @param vox change the voxel dimensions
 * @param strides order and direction of the axes in memory, or an image to take them from
 * @param datatype data type of the output image
 * @param json_export write the header to a file
 * @param fslgrad gradient scheme of the acquisition
 * @param export_grad_fsl write the gradient scheme to files
 * @param quiet do not display information messages or progress status
 * @param nthreads number of threads
 *
 * @returns Parameter dictionary
 */
function mrconvert_params(
    input: InputPathType,
    output: string,
    coord: Array<MrconvertCoordParamsDict> | null = null,
    vox: Array<number> | null = null,
    strides: MrconvertVariousStringParamsDictTagged | MrconvertVariousFileParamsDictTagged | null = null,
    datatype: string | null = null,
    json_export: string | null = null,
    fslgrad: MrconvertFslgradParamsDict | null = null,
    export_grad_fsl: MrconvertExportGradFslParamsDict | null = null,
    quiet: boolean = false,
    nthreads: number | null = null,
): MrconvertParamsDictTagged {
    const params = {
        "@type": "mrtrix/mrconvert" as const,
        "quiet": quiet,
        "input": input,
        "output": output,
    };
    if (coord !== null) {
        params["coord"] = coord;
    }
    if (vox !== null) {
        params["vox"] = vox;
    }
    if (strides !== null) {
        params["strides"] = strides;
    }
    if (datatype !== null) {
        params["datatype"] = datatype;
    }
    if (json_export !== null) {
        params["json_export"] = json_export;
    }
    if (fslgrad !== null) {
        params["fslgrad"] = fslgrad;
    }
    if (export_grad_fsl !== null) {
        params["export_grad_fsl"] = export_grad_fsl;
    }
    if (nthreads !== null) {
        params["nthreads"] = nthreads;
    }
    return params;
}


/**
 * Build command-line arguments from parameters.
 *
 * @param params The parameters.
 * @param execution The execution object for resolving input paths.
 *
 * @returns Command-line arguments.
 */
function mrconvert_cargs(
    params: MrconvertParamsDict,
    execution: Execution,
): string[] {
    const cargs: string[] = [];
    cargs.push("mrconvert");
    if ((params["coord"] ?? null) !== null) {
        cargs.push(...(params["coord"] ?? null).map(s => mrconvert_coord_cargs(s, execution)).flat());
    }
    if ((params["vox"] ?? null) !== null) {
        cargs.push(
            "-vox",
            (params["vox"] ?? null).map(String).join(",")
        );
    }
    if ((params["strides"] ?? null) !== null) {
        cargs.push(
            "-strides",
            ...mrconvert_strides_cargs_dyn_fn((params["strides"] ?? null)["@type"])((params["strides"] ?? null), execution)
        );
    }
    if ((params["datatype"] ?? null) !== null) {
        cargs.push(
            "-datatype",
            (params["datatype"] ?? null)
        );
    }
    if ((params["json_export"] ?? null) !== null) {
        cargs.push(
            "-json_export",
            (params["json_export"] ?? null)
        );
    }
    if ((params["fslgrad"] ?? null) !== null) {
        cargs.push(...mrconvert_fslgrad_cargs((params["fslgrad"] ?? null), execution));
    }
    if ((params["export_grad_fsl"] ?? null) !== null) {
        cargs.push(...mrconvert_export_grad_fsl_cargs((params["export_grad_fsl"] ?? null), execution));
    }
    if ((params["quiet"] ?? false)) {
        cargs.push("-quiet");
    }
    if ((params["nthreads"] ?? null) !== null) {
        cargs.push(
            "-nthreads",
            String((params["nthreads"] ?? null))
        );
    }
    cargs.push(execution.inputFile((params["input"] ?? null), { resolveParent: true }));
    cargs.push((params["output"] ?? null));
    return cargs;
}


/**
 * Build outputs object containing output file paths and possibly stdout/stderr.
 *
 * @param params The parameters.
 * @param execution The execution object for resolving input paths.
 *
 * @returns Outputs object.
 */
function mrconvert_outputs(
    params: MrconvertParamsDict,
    execution: Execution,
): MrconvertOutputs {
    const ret: MrconvertOutputs = {
        root: execution.outputFile("."),
        output: execution.outputFile([(params["output"] ?? null)].join('')),
        json_export: ((params["json_export"] ?? null) !== null) ? execution.outputFile([(params["json_export"] ?? null)].join('')) : null,
        export_grad_fsl: (params["export_grad_fsl"] ?? null) ? (mrconvert_export_grad_fsl_outputs((params["export_grad_fsl"] ?? null), execution) ?? null) : null,
    };
    return ret;
}


/**
 * Convert an image between file types and optionally extract a part of it.
 *
 * Author: MRTrix3 Developers
 *
 * URL: https://www.mrtrix.org/
 *
 * @param params The parameters.
 * @param runner Command runner
 *
 * @returns NamedTuple of outputs (described in `MrconvertOutputs`).
 */
function mrconvert_execute(
    params: MrconvertParamsDict,
    runner: Runner | null = null,
): MrconvertOutputs {
    runner = runner || getGlobalRunner();
    const execution = runner.startExecution(MRCONVERT_METADATA);
    params = execution.params(params)
    const cargs = mrconvert_cargs(params, execution)
    const ret = mrconvert_outputs(params, execution)
    execution.run(cargs, undefined);
    return ret;
}


/**
 * Convert an image between file types and optionally extract a part of it.
 *
 * Author: MRTrix3 Developers
 *
 * URL: https://www.mrtrix.org/
 *
 * @param input the input image
 * @param output the output image
 * @param coord keep only some coordinates along an axis
 * @param vox change the voxel dimensions
 * @param strides order and direction of the axes in memory, or an image to take them from
 * @param datatype data type of the output image
 * @param json_export write the header to a file
 * @param fslgrad gradient scheme of the acquisition
 * @param export_grad_fsl write the gradient scheme to files
 * @param quiet do not display information messages or progress status
 * @param nthreads number of threads
 * @param runner Command runner
 *
 * @returns NamedTuple of outputs (described in `MrconvertOutputs`).
 */
function mrconvert(
    input: InputPathType,
    output: string,
    coord: Array<MrconvertCoordParamsDict> | null = null,
    vox: Array<number> | null = null,
    strides: MrconvertVariousStringParamsDictTagged | MrconvertVariousFileParamsDictTagged | null = null,
    datatype: string | null = null,
    json_export: string | null = null,
    fslgrad: MrconvertFslgradParamsDict | null = null,
    export_grad_fsl: MrconvertExportGradFslParamsDict | null = null,
    quiet: boolean = false,
    nthreads: number | null = null,
    runner: Runner | null = null,
): MrconvertOutputs {
    const params = mrconvert_params(input, output, coord, vox, strides, datatype, json_export, fslgrad, export_grad_fsl, quiet, nthreads)
    return mrconvert_execute(params, runner);
}


export {
      MRCONVERT_METADATA,
      MrconvertCoordParamsDict,
      MrconvertCoordParamsDictTagged,
      MrconvertExportGradFslOutputs,
      MrconvertExportGradFslParamsDict,
      MrconvertExportGradFslParamsDictTagged,
      MrconvertFslgradParamsDict,
      MrconvertFslgradParamsDictTagged,
      MrconvertOutputs,
      MrconvertParamsDict,
      MrconvertParamsDictTagged,
      MrconvertVariousFileParamsDict,
      MrconvertVariousFileParamsDictTagged,
      MrconvertVariousStringParamsDict,
      MrconvertVariousStringParamsDictTagged,
      mrconvert,
      mrconvert_coord_params,
      mrconvert_execute,
      mrconvert_export_grad_fsl_params,
      mrconvert_fslgrad_params,
      mrconvert_params,
      mrconvert_various_file_params,
      mrconvert_various_string_params,
};
