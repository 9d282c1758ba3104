// @ts-check
// Strict, typed linting. Layout is prettier's business, layers are scripts/check-layers.mjs'.
import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";
import { repoRoot } from "./lib/packages.mjs";

const projects = [
  "scripts/tsconfig.json",
  "test/tsconfig.json",
  "test/tsconfig.unit.json",
  "test/wrappers/styxdefs/tsconfig.json",
];

export default defineConfig(
  // Wrappers have the shape of generated code; the consumer project is compiled by its own test.
  globalIgnores(["**/dist/", "test/wrappers/src/", "test/golden/", "test/consumers/project/"]),
  {
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: projects, tsconfigRootDir: repoRoot } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-restricted-properties": [
        "error",
        { property: "localeCompare", message: "Order by code unit: a locale's order differs between machines." },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true, ignoreUsingDeclarations: true }],
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // The reason of an AbortSignal is the caller's, whatever it is.
      "@typescript-eslint/only-throw-error": ["error", { allowThrowingAny: true, allowThrowingUnknown: true }],
      "@typescript-eslint/prefer-promise-reject-errors": [
        "error",
        { allowThrowingAny: true, allowThrowingUnknown: true },
      ],
      // Callbacks may return a promise or nothing.
      "@typescript-eslint/no-invalid-void-type": "off",
      // `async` also turns what is thrown into a rejection.
      "@typescript-eslint/require-await": "off",
      // `void` marks a value that is meant to be dropped.
      "@typescript-eslint/no-meaningless-void-operator": "off",
    },
  },
  {
    // Core and its neighbours report by events; only the command prints.
    files: ["packages/*/src/**"],
    ignores: ["packages/cli/src/**"],
    rules: { "no-console": "error" },
  },
  {
    // Checked JavaScript: TypeScript knows the globals, and JSON.parse's any is narrowed by JSDoc.
    files: ["scripts/**/*.mjs"],
    rules: {
      "no-undef": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/no-unsafe-call": "off",
    },
  },
  {
    // Programs that tests start, as a user would write them.
    files: ["test/**/*.mjs"],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { "no-undef": "off" },
  },
);
