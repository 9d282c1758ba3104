// The layout of the package of generated wrappers: one namespace a suite of tools.
export * as mrtrix from "./mrtrix.js";
