import { afterEach, describe, expect, it, vi } from "vitest";
import { FORMS, linesOf } from "./forms.js";
import { shell, type Bench } from "./runner-under-test.js";

const NAME = "RUNCACHE_CONFORMANCE";
const PATH = "/usr/local/bin:/usr/bin:/bin";
const show = shell(`echo "\${${NAME}-unset}"`);

/** What tools know of the world around them. */
export function testEnvironment(bench: Bench): void {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  describe.each(FORMS)("the environment of %s", (_, form) => {
    it.each(["value", "", " a  b ", `it's "$HOME"\\`, "two\nlines", "ü€", "a,b=c"])("may hold %j", async (value) => {
      const execution = bench.start({ environ: { PATH, [NAME]: value } });
      expect((await linesOf(form, execution, shell(`printf %s "$${NAME}"`))).join("\n")).toBe(value);
    });

    it("is this process' own only where the runner says so", async () => {
      vi.stubEnv(NAME, "inherited");
      expect(await linesOf(form, bench.start(), show)).toEqual([
        bench.has("inherits-environment") ? "inherited" : "unset",
      ]);
      expect(await linesOf(form, bench.start({ environ: { PATH } }), show)).toEqual(["unset"]);
    });
  });

  it("enters the fingerprint, names and values, but no value can be read there", () => {
    const fingerprint = (environ: Readonly<Record<string, string>>): string =>
      JSON.stringify(bench.start({ environ }).fingerprint());
    const one = fingerprint({ PATH, [NAME]: "canary-one" });
    expect(one).toContain(NAME);
    expect(one).not.toContain("canary-one");
    expect(fingerprint({ PATH, [NAME]: "canary-one" })).toBe(one);
    expect(new Set([one, fingerprint({ PATH, [NAME]: "canary-two" }), fingerprint({ PATH })]).size).toBe(3);
  });

  it("names an image by its digest, or says that there is none", () => {
    const image = bench.start().image();
    if (bench.subject.image === null) expect(image).toBeNull();
    else expect(image).toMatch(/[0-9a-f]{64}$/);
  });
}
