export { apptainerEngine } from "./apptainer-engine.js";
export { resolveApptainerOptions, type ApptainerOptions } from "./apptainer-options.js";
export { ApptainerRunner } from "./apptainer-runner.js";
export { probeApptainer } from "./probe-apptainer.js";
