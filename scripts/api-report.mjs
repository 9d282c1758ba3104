// @ts-check
// Writes each package's public API to packages/<name>/etc/<name>.api.md; with `--check` compares instead and fails where
// a committed report is not what the code says.
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";
import { packageDirs, readManifest, repoRoot } from "./lib/packages.mjs";
import { report } from "./lib/report.mjs";

const check = process.argv.includes("--check");
const dirs = packageDirs().filter((dir) => existsSync(path.join(repoRoot, dir, "src", "index.ts")));
report("api", dirs.flatMap(extract), dirs.length, "packages");

/**
 * @param {string} dir
 * @returns {string[]}
 */
function extract(dir) {
  const folder = path.join(repoRoot, dir);
  mkdirSync(path.join(folder, "etc"), { recursive: true });
  const { apiReportChanged, errorCount } = Extractor.invoke(configOf(dir, folder), {
    localBuild: !check,
    messageCallback: (message) => {
      // The preamble of every run, and "the report changed", which we word ourselves.
      if (message.messageId.startsWith("console-")) message.handled = true;
    },
  });
  if (errorCount > 0) return [`${dir}: api-extractor found ${errorCount} errors`];
  if (!apiReportChanged) return [];
  if (check) return [`${dir}: the public API is not what its report says; run "npm run api" and read the difference`];
  process.stdout.write(`${dir}: report updated\n`);
  return [];
}

/**
 * @param {string} dir
 * @param {string} folder
 */
function configOf(dir, folder) {
  const name = path.basename(dir);
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: path.join(folder, "package.json"),
    packageJson: /** @type {any} */ (readManifest(dir)),
    projectFolderLookupToken: folder,
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: path.join(folder, "dist", "index.d.ts"),
      compiler: { tsconfigFilePath: path.join(folder, "tsconfig.json") },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: path.join(folder, "etc"),
        reportTempFolder: path.join(repoRoot, "node_modules", ".cache", "api-report"),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: "lf",
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.None },
          // A type that users meet but cannot name: said when a report is written, for its author to judge.
          "ae-forgotten-export": { logLevel: check ? ExtractorLogLevel.None : ExtractorLogLevel.Warning },
        },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  });
}
