import { defineCommand } from "../command-line/command.js";
import { cacheFlag, jsonFlag } from "../command-line/common-flags.js";
import type { SettingSpec } from "../config/setting.js";
import { SETTINGS, type SettingName, type Source } from "../config/settings.js";
import { settingsOf } from "../context.js";
import { EXIT } from "../exit-codes.js";
import { printable } from "../output/printable.js";
import { formatTable } from "../output/table.js";

export const config = defineCommand({
  name: "config",
  summary: "Show every setting, its value and where it came from",
  description: [
    "Settings come, the later ones hiding the earlier ones, from defaults, the nearest runcache.config.json (or .ts, where Node runs TypeScript) in the working directory or above it, RUNCACHE_* variables of the environment, and flags. Limits in the cache's own .runcache.json rank above all of them. Names of environment variables add up.",
  ],
  operands: [],
  flags: { ...cacheFlag, ...jsonFlag },
  examples: [["runcache config", "what counts here?"]],
  run: async ({ flags, context: { out, ...context } }) => {
    const settings = await settingsOf({ out, ...context }, { cacheDir: flags.cache });
    const shown = (Object.keys(SETTINGS) as SettingName[]).map((name) => {
      const { value, sources } = settings[name];
      const spec: SettingSpec<unknown> = SETTINGS[name];
      return [name, { value: (spec.withoutSecret?.(value) ?? value) as typeof value, sources }] as const;
    });
    if (flags.json) {
      out.json(Object.fromEntries(shown));
      return EXIT.ok;
    }
    const rows = shown.map(([name, { value, sources }]) => {
      const spec: SettingSpec<unknown> = SETTINGS[name];
      return [name, printable(spec.show?.(value) ?? valueText(value)), spec.env, sources.map(sourceText).join(" + ")];
    });
    const columns = ["SETTING", "VALUE", "VARIABLE", "FROM"].map((title) => ({ title }));
    for (const line of formatTable(columns, rows)) out.line(line);
    return EXIT.ok;
  },
});

function valueText(value: boolean | number | string | null | readonly string[]): string {
  if (value === null) return "none";
  return typeof value === "object" ? value.join(",") : String(value);
}

function sourceText(source: Source): string {
  switch (source.kind) {
    case "default":
      return "default";
    case "file":
    case "cache":
      return source.path;
    case "environment":
    case "flag":
      return source.name;
  }
}
