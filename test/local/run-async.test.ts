import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { openGate } from "../kit/gate.js";
import { probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { collectWarnings } from "../kit/warnings.js";
import { QUICK, Rig, running } from "./rig.js";

const rig = new Rig();

describe("runAsync", () => {
  const until = async (abortable: (signal: AbortSignal) => Promise<unknown>, arrived: Promise<void>) => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const run = abortable(controller.signal);
    await arrived;
    controller.abort(reason);
    await expect(run).rejects.toBe(reason);
  };

  it("hands out lines while the tool runs", async () => {
    using gate = await openGate(rig.path());
    let hear!: (line: string) => void;
    const first = new Promise<string>((resolve) => (hear = resolve));
    const script = 'echo one; echo arrived >"$0/arrived"; read -r _ <"$0/released"; echo two';
    const run = rig.start().runAsync(rig.commandLine(script), { onStdout: hear });
    await gate.arrived();
    expect(await first).toBe("one");
    gate.release();
    await run;
  });

  it("aborts the tool and its children, and rejects with the reason when nothing runs any more", async () => {
    using gate = await openGate(rig.path());
    const script = 'echo $$ >"$0/group"; sleep 1000 & echo arrived >"$0/arrived"; wait';
    await until((signal) => rig.start().runAsync(rig.commandLine(script), { signal }), gate.arrived());
    expect(running((await readFile(rig.path("group"), "utf8")).trim())).toEqual([]);
  });

  it("lets a tool that is aborted end in its own way", async () => {
    using gate = await openGate(rig.path());
    const script = `trap 'echo tidy >"$0/tidied"; exit 0' TERM; echo arrived >"$0/arrived"; read -r _ <"$0/released"`;
    await until((signal) => rig.start().runAsync(rig.commandLine(script), { signal }), gate.arrived());
    expect(await readFile(rig.path("tidied"), "utf8")).toBe("tidy\n");
  });

  it("kills a tool that is aborted and does not end, after the grace", async () => {
    using gate = await openGate(rig.path());
    const script = `trap '' TERM; echo $$ >"$0/group"; echo arrived >"$0/arrived"; sleep 1000; sleep 1000`;
    const execution = rig.start({ launcher: QUICK });
    await until((signal) => execution.runAsync(rig.commandLine(script), { signal }), gate.arrived());
    expect(running((await readFile(rig.path("group"), "utf8")).trim())).toEqual([]);
  });

  it("gives streams that a tool can open by their names", async () => {
    const lines: string[] = [];
    await rig.start().runAsync(rig.commandLine("echo one >/dev/stdout; echo two >/dev/stderr"), {
      onStdout: (line) => lines.push(line),
      onStderr: (line) => lines.push(line),
    });
    expect(lines.sort()).toEqual(["one", "two"]);
  });

  it("ends a dozen tools by one signal, and Node suspects no leak", async () => {
    using collected = collectWarnings();
    const controller = new AbortController();
    const { signal } = controller;
    const tools = Array.from({ length: 12 }, () => {
      let hear!: () => void;
      const began = new Promise<void>((resolve) => (hear = resolve));
      const run = rig.start().runAsync(rig.commandLine("echo; exec sleep 1000"), { signal, onStdout: hear });
      return { began, ended: expect(run).rejects.toBe("enough") };
    });
    await Promise.all(tools.map(({ began }) => began));
    controller.abort("enough");
    await Promise.all(tools.map(({ ended }) => ended));
    expect(collected.warnings).toEqual([]);
  });

  it("reads standard input from a file", async () => {
    await writeFile(rig.path("in.txt"), "b\na\n");
    const lines: string[] = [];
    await rig.start().runAsync(["sort"], { stdin: rig.path("in.txt"), onStdout: (line) => lines.push(line) });
    expect(lines).toEqual(["a", "b"]);
  });

  it("goes on without a handler that throws, and rejects with its error at the end", async () => {
    const failure = new Error("handler");
    const script = 'echo one; echo two; echo end >"$0/end"';
    const run = rig.start().runAsync(rig.commandLine(script), {
      onStdout: () => {
        throw failure;
      },
    });
    await expect(run).rejects.toBe(failure);
    expect(await readFile(rig.path("end"), "utf8")).toBe("end\n");
  });

  it("keeps many runs at once apart", async () => {
    const runs = Array.from({ length: 20 }, async (_, index) => {
      const lines: string[] = [];
      await rig.start().runAsync(["sh", "-c", `echo ${index}; pwd`], { onStdout: (line) => lines.push(line) });
      return lines;
    });
    const results = await Promise.all(runs);
    expect(results.map(([first]) => first)).toEqual(results.map((_, index) => String(index)));
    expect(new Set(results.map(([, cwd]) => cwd)).size).toBe(results.length);
  });
});

describe("a process that got away from its tool's group", () => {
  it.skipIf(requireOrSkip("linux", probes.linux))("does not hold up runAsync by holding its pipe", async () => {
    const lines: string[] = [];
    const away = `setsid sh -c 'echo $$ >"$0/away"; exec sleep 1000' "$0" &`;
    const script = `mkfifo "$0/away"; ${away} read -r pid <"$0/away"; echo $pid`;
    await rig.start().runAsync(rig.commandLine(script), { onStdout: (line) => lines.push(line) });
    const [pid = ""] = lines;
    expect(running(pid)).toHaveLength(1);
    process.kill(Number(pid));
  });
});
