import { chmod, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { file } from "../../kit/make-tree.js";
import { FORMS, linesOf } from "./forms.js";
import { shell, type Bench } from "./runner-under-test.js";

const NAMES = ["a b", "a,b", "a:b", `it's "quoted"`, "back\\slash", "$HOME `x`", "-dash", "ümläut €", "x".repeat(200)];

/** How tools see what they read. */
export function testInputs(bench: Bench): void {
  describe.each(FORMS)("inputs of %s", (_, form) => {
    it("can be read at the path that inputFile returns, whose name is the file's own", async () => {
      const inputs = await bench.inputs({ "a.txt": "content\n" });
      const execution = bench.start();
      const seen = execution.inputFile(path.join(inputs, "a.txt"));
      expect(path.posix.basename(seen)).toBe("a.txt");
      expect(await linesOf(form, execution, ["cat", seen])).toEqual(["content"]);
    });

    it("of the same name stay apart", async () => {
      const inputs = await bench.inputs({ one: { "a.txt": "one\n" }, two: { "a.txt": "two\n" } });
      const execution = bench.start();
      const seen = ["one", "two"].map((dir) => execution.inputFile(path.join(inputs, dir, "a.txt")));
      expect(await linesOf(form, execution, ["cat", ...seen])).toEqual(["one", "two"]);
    });

    it("may be directories, and lie in one another", async () => {
      const inputs = await bench.inputs({ tree: { sub: { "a.txt": "deep\n" } } });
      const execution = bench.start();
      const tree = execution.inputFile(path.join(inputs, "tree"));
      const inner = execution.inputFile(path.join(inputs, "tree", "sub", "a.txt"));
      expect(await linesOf(form, execution, ["cat", `${tree}/sub/a.txt`, inner])).toEqual(["deep", "deep"]);
    });

    it("come with their siblings where the parent is resolved, in either form of the option", async () => {
      const inputs = await bench.inputs({ "img.hdr": "header\n", "img.dat": "data\n" });
      for (const options of [true, { resolveParent: true }]) {
        const execution = bench.start();
        const prefix = execution.inputFile(path.join(inputs, "img"), options);
        expect(await linesOf(form, execution, ["cat", `${prefix}.hdr`, `${prefix}.dat`])).toEqual(["header", "data"]);
      }
    });

    it.each(NAMES)("may be called %j", async (name) => {
      const inputs = await bench.inputs({ [name]: "content\n" });
      const execution = bench.start();
      const seen = execution.inputFile(path.join(inputs, name));
      expect(await linesOf(form, execution, shell('cat "$1"', seen))).toEqual(["content"]);
    });

    it("may be links, which mean what they lead to", async () => {
      const inputs = await bench.inputs({
        "real.txt": "content\n",
        "link.txt": { kind: "symlink", target: "real.txt" },
      });
      const execution = bench.start();
      const seen = execution.inputFile(path.join(inputs, "link.txt"));
      expect(path.posix.basename(seen)).toBe("link.txt");
      expect(await linesOf(form, execution, ["cat", seen])).toEqual(["content"]);
    });
  });

  describe.each(FORMS)("mutable inputs of %s", (_, form) => {
    it("are copies, which the tool may change and the caller finds among the outputs", async () => {
      const inputs = await bench.inputs({ "a.txt": file("before\n", { mode: 0o444 }) });
      const source = path.join(inputs, "a.txt");
      const execution = bench.start();
      const seen = execution.inputFile(source, { mutable: true });
      const copy = execution.mutableCopy(source);
      expect(copy).toBe(path.join(execution.outputDir, "a.txt"));
      await form(execution, shell('echo after >>"$1"', seen));
      expect(await readFile(copy, "utf8")).toBe("before\nafter\n");
      expect(await readFile(source, "utf8")).toBe("before\n");
    });

    it("of the same name get names of their own", async () => {
      const inputs = await bench.inputs({ one: { "a.nii.gz": "one\n" }, two: { "a.nii.gz": "two\n" } });
      const sources = ["one", "two"].map((dir) => path.join(inputs, dir, "a.nii.gz"));
      const execution = bench.start();
      const seen = sources.map((source) => execution.inputFile(source, false, true));
      const copies = sources.map((source) => execution.mutableCopy(source));
      expect(copies.map((copy) => path.basename(copy))).toEqual(["a.nii.gz", "a_1.nii.gz"]);
      await form(execution, shell('for copy; do echo changed >>"$copy"; done', ...seen));
      expect(await Promise.all(copies.map((copy) => readFile(copy, "utf8")))).toEqual([
        "one\nchanged\n",
        "two\nchanged\n",
      ]);
    });

    it("may be directories", async () => {
      const inputs = await bench.inputs({ tree: { "a.txt": "before\n" } });
      const source = path.join(inputs, "tree");
      const execution = bench.start();
      const seen = execution.inputFile(source, false, true);
      await form(execution, shell('echo after >"$1/a.txt"; echo new >"$1/b.txt"', seen));
      expect(await readFile(path.join(execution.mutableCopy(source), "a.txt"), "utf8")).toBe("after\n");
      expect(await readFile(path.join(execution.mutableCopy(source), "b.txt"), "utf8")).toBe("new\n");
      expect(await readFile(path.join(source, "a.txt"), "utf8")).toBe("before\n");
    });

    it("are copied when the tool runs, not before", async () => {
      const inputs = await bench.inputs({ "a.txt": "early\n" });
      const source = path.join(inputs, "a.txt");
      const execution = bench.start();
      const seen = execution.inputFile(source, false, true);
      await writeFile(source, "late\n");
      await chmod(source, 0o444);
      expect(await linesOf(form, execution, shell('cat "$1"', seen))).toEqual(["late"]);
    });
  });
}
