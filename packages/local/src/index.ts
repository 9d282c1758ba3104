export { LocalRunner, type LocalRunnerOptions } from "./local-runner.js";
export { ProcessLauncher, type ProcessLauncherOptions } from "./process-launcher.js";
export type { Toolchain } from "./toolchain.js";
