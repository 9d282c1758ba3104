import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeCliRig, type CliRig } from "./rig.js";

let rig: CliRig;

beforeEach(async () => {
  rig = await makeCliRig({ "in.txt": "one\n" });
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

/** A script that writes another line each time it runs. */
const counting = (file: string) =>
  `cd ..; echo >>runs; { echo first; wc -l <runs; } >draft; mv draft work; cd work; mv draft ${file}`;

describe("check", () => {
  test("runs twice and finds nothing where a command writes the same", async () => {
    const words = ["--out", "d", "--", "tool", "--cat", "in.txt", "--mkdir", "d", "--write", "d/a", "1"];
    expect(rig.call("check", ...words)).toMatchObject({ code: 0, stdout: "the same, twice\n", stderr: "" });
    expect(await rig.tool.count()).toBe(2);
    rig.call("check", ...words);
    expect(await rig.tool.count()).toBe(3); // the first result was there
  });

  test("says which output differs and where, and leaves the first result in the cache", () => {
    const words = ["--in", "in.txt", "--out", "out.txt", "--", "sh", "-c", counting("out.txt")];
    const ended = rig.call("check", ...words);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain("out.txt differs from line 2, byte 6 on: 1 → 2\n");
    expect(rig.call("run", ...words).code).toBe(0);
    expect(rig.shell("cat out.txt; wc -l <../runs").stdout).toBe("first\n1\n2\n");
  });

  test("looks at streams, at what is written only once, and at executable bits", () => {
    const script =
      'cd ..; n=$(cat n 2>/dev/null); echo x >n; cd work; echo "$n"; mkdir -p d; [ -n "$n" ] || : >d/once; rm -f d/x; : >d/x; [ -z "$n" ] || chmod +x d/x';
    const ended = rig.call("check", "--json", "--no-inputs", "--out", "d", "--", "sh", "-c", script);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      differences: [
        { path: "d/once", change: "missing" },
        { path: "d/x", change: "mode" },
        { path: "(stdout)", change: "content" },
      ],
    });
  });

  test("with --tolerance lets numbers differ a little, in files of these names", () => {
    const script = 'cd ..; echo >>runs; n=$(wc -l <runs); cd work; echo "x 1.000000$n" >a.csv; cp a.csv b.txt';
    const words = ["--no-inputs", "--out", "a.csv", "--out", "b.txt", "--", "sh", "-c", script];
    expect(rig.call("check", "--tolerance", "*.csv=1e-6", ...words).stdout).toMatch(
      /^b\.txt differs[^\n]*\n1 difference/,
    );
    expect(rig.call("check", "--tolerance", "*=1e-6", ...words)).toMatchObject({ code: 0 });
  });

  test("shows the numbers that differ by more, and of an image the byte", () => {
    const script =
      'cd ..; echo >>runs; n=$(wc -l <runs); cd work; echo "a 1 b 2.$n" >a.csv; { printf "\\0\\1"; echo "$n"; } >b.img';
    const words = ["--no-inputs", "--out", "a.csv", "--out", "b.img", "--", "sh", "-c", script];
    const { stdout } = rig.call("check", "--tolerance", "*.csv=1e-3", "--tolerance", "*.img=1e-3", ...words);
    expect(stdout).toContain("a.csv differs from line 1, byte 0 on: 'a 1 b 2.1' → 'a 1 b 2.2'\n");
    expect(stdout).toContain("b.img differs from byte 2 on\n");
  });

  test("cannot compare what cannot be kept, or what fails", () => {
    expect(rig.call("check", "--", "tool").stderr).toContain("no input is known");
    expect(rig.call("check", "--", "tool", "--cat", "in.txt", "--exit", "3").code).toBe(125);
  });
});
