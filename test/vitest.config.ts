import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL("..", import.meta.url));

export default defineConfig({
  root,
  test: {
    maxWorkers: 2,
    // Only to end what hangs: a busy machine with two cores is no failure.
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // Real engines on a shared machine: a test that fails once and then passes is reported as such, and stops no landing.
    retry: process.env["CI"] === undefined ? 0 : 1,
    projects: [
      {
        extends: true,
        // Unit tests see the source of the other packages too: no build is needed, none can be stale.
        resolve: {
          alias: [
            { find: /^@runcache\/([^/]+)$/, replacement: `${root}packages/$1/src/index.ts` },
            { find: /^runcache$/, replacement: `${root}packages/cli/src/index.ts` },
          ],
        },
        test: { name: "unit", include: ["packages/*/src/**/*.test.ts"] },
      },
      {
        extends: true,
        // Everything under test/ sees what users get: the built packages.
        test: { name: "integration", include: ["test/**/*.test.ts"], exclude: ["**/node_modules/**", "test/bench/**"] },
      },
    ],
  },
});
