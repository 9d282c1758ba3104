export * from "./dwidenoise.js";
export * from "./mrconvert.js";
