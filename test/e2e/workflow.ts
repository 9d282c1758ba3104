// As much of a GitHub Actions runner as the workflow on the page of the command needs.
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { parse } from "yaml";

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string | number>>;
  readonly run?: string;
  readonly if?: string;
}

interface Job {
  readonly env?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

/** Where a run of a workflow takes place. Host paths. */
export interface Hosting {
  /** What is checked out. */
  readonly repository: string;
  /** Where saved caches are kept, one archive a key. */
  readonly caches: string;
  /** Gets a directory for each run. */
  readonly runs: string;
  readonly env: NodeJS.ProcessEnv;
}

/** How a run of a workflow went. */
export interface WorkflowRun {
  /** Host path that the repository was checked out at. */
  readonly workspace: string;
  /** Markdown that the steps wrote for people. */
  readonly summary: string;
  /** Key of the cache that was restored, or null. */
  readonly restored: string | null;
}

/**
 * Runs the only job of a workflow.
 * @param id number of the run
 * @throws where a step fails, or wants what this runner does not have
 */
export function runWorkflow(workflow: string, id: number, hosting: Hosting): WorkflowRun {
  const [job, ...others] = Object.values((parse(workflow) as { jobs: Record<string, Job> }).jobs);
  if (job === undefined || others.length > 0) throw new Error("not one job");
  const dir = path.join(hosting.runs, String(id));
  const workspace = path.join(dir, "workspace");
  mkdirSync(workspace, { recursive: true });
  const run = new Run(workspace, dir, hosting, {
    "github.workspace": workspace,
    "github.run_id": String(id),
    "github.run_attempt": "1",
    "runner.os": "Linux",
  });
  return run.all(job);
}

class Run {
  readonly #workspace: string;
  readonly #dir: string;
  readonly #hosting: Hosting;
  readonly #values: Readonly<Record<string, string>>;
  readonly #env: NodeJS.ProcessEnv;
  #restored: string | null = null;

  constructor(workspace: string, dir: string, hosting: Hosting, values: Readonly<Record<string, string>>) {
    this.#workspace = workspace;
    this.#dir = dir;
    this.#hosting = hosting;
    this.#values = values;
    const [summary, variables] = [path.join(dir, "summary"), path.join(dir, "variables")];
    for (const file of [summary, variables]) writeFileSync(file, "");
    this.#env = { ...hosting.env, GITHUB_STEP_SUMMARY: summary, GITHUB_ENV: variables };
  }

  all({ env = {}, steps }: Job): WorkflowRun {
    for (const [name, value] of Object.entries(env)) this.#env[name] = this.#expand(value);
    for (const step of steps) {
      if (step.if !== undefined && step.if !== "always()") throw new Error(`unknown condition ${step.if}`);
      if (step.uses !== undefined) this.#use(step.uses, step.with ?? {});
      else if (step.run !== undefined) this.#run(step.run);
      this.#takeVariables();
    }
    const summary = readFileSync(path.join(this.#dir, "summary"), "utf8");
    return { workspace: this.#workspace, summary, restored: this.#restored };
  }

  #expand(text: string): string {
    return text.replaceAll(/\$\{\{ *([\w.]+) *\}\}/g, (_, name: string) => {
      const value = this.#values[name];
      if (value === undefined) throw new Error(`unknown expression ${name}`);
      return value;
    });
  }

  #run(script: string): void {
    // As GitHub starts a step.
    const words = ["--noprofile", "--norc", "-eo", "pipefail", "-c", this.#expand(script)];
    const { status, stdout, stderr } = spawnSync("bash", words, {
      cwd: this.#workspace,
      env: this.#env,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`a step failed (${status ?? "signal"}): ${script}\n${stdout}${stderr}`);
  }

  #takeVariables(): void {
    for (const line of readFileSync(path.join(this.#dir, "variables"), "utf8").split("\n")) {
      const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
      if (name !== undefined) this.#env[name] = value;
    }
  }

  #use(action: string, values: Readonly<Record<string, string | number>>): void {
    const given = (name: string): string => this.#expand(String(values[name] ?? ""));
    switch (action.replace(/@v\d+$/, "")) {
      case "actions/checkout":
        cpSync(this.#hosting.repository, this.#workspace, { recursive: true });
        break;
      case "actions/setup-node":
        break;
      case "actions/cache/restore":
        this.#restore(given("key"), given("restore-keys"));
        break;
      case "actions/cache/save":
        this.#save(given("key"), given("path"));
        break;
      default:
        throw new Error(`unknown action ${action}`);
    }
  }

  #restore(key: string, prefix: string): void {
    const { caches } = this.#hosting;
    const newestFirst = readdirSync(caches).sort((a, b) => savedAt(caches, b) - savedAt(caches, a));
    const found = newestFirst.find((name) => name === key) ?? newestFirst.find((name) => name.startsWith(prefix));
    if (found === undefined) return;
    tar(this.#workspace, "--extract", "--file", path.join(caches, found));
    this.#restored = found;
  }

  /** A key that is there already is not saved again. */
  #save(key: string, what: string): void {
    const archive = path.join(this.#hosting.caches, key);
    if (existsSync(archive)) throw new Error(`the key ${key} is taken`);
    const draft = path.join(this.#dir, "archive");
    tar(this.#workspace, "--create", "--format=posix", "--file", draft, what);
    copyFileSync(draft, archive);
  }
}

function savedAt(caches: string, name: string): number {
  return statSync(path.join(caches, name)).mtimeMs;
}

function tar(cwd: string, ...words: readonly string[]): void {
  const { status, stderr } = spawnSync("tar", words, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`tar failed: ${stderr}`);
}
