import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mountArgument } from "./mount-argument.js";

const WORDS = { target: "target", readOnly: "readonly" };

function argumentOf(hostPath: string, containerPath = "/c", readOnly = true): string {
  return mountArgument({ hostPath, containerPath, readOnly }, WORDS);
}

test("plain paths stay plain", () => {
  expect(argumentOf("/data/t1.nii.gz")).toBe("type=bind,source=/data/t1.nii.gz,target=/c,readonly");
  expect(argumentOf("/out dir", "/runcache/output", false)).toBe("type=bind,source=/out dir,target=/runcache/output");
});

test("a path that looks like more options stays a path", () => {
  expect(argumentOf("/z,type=bind,source=/etc,target=/hostetc")).toBe(
    'type=bind,"source=/z,type=bind,source=/etc,target=/hostetc",target=/c,readonly',
  );
  expect(argumentOf('/say "x"')).toBe('type=bind,"source=/say ""x""",target=/c,readonly');
  expect(argumentOf("/two\nlines")).toBe('type=bind,"source=/two\nlines",target=/c,readonly');
});

test("the words are the engine's", () => {
  const mount = { hostPath: "/a", containerPath: "/b", readOnly: true };
  expect(mountArgument(mount, { target: "destination", readOnly: "ro" })).toBe("type=bind,source=/a,destination=/b,ro");
});

test("any two paths come back from CSV as they went in, and with them nothing else", () => {
  const path = fc.string({ unit: "grapheme" }).map((text) => `/${text.replaceAll(/\r\n|\0/g, "")}`);
  const hostile = fc
    .array(fc.constantFrom(",", '"', ":", "=", "\n", "\r", " ", "\\", "'", "$", "source=/etc", "readonly", "x"))
    .map((parts) => `/${parts.join("").replaceAll("\r\n", "")}`);
  fc.assert(
    fc.property(fc.oneof(path, hostile), fc.oneof(path, hostile), fc.boolean(), (source, target, readOnly) => {
      const fields = readCsvLine(argumentOf(source, target, readOnly));
      expect(fields).toEqual(["type=bind", `source=${source}`, `target=${target}`, ...(readOnly ? ["readonly"] : [])]);
    }),
  );
});

describe("a path that no engine carries", () => {
  test.each(["/a\r\nb", "/a\0b"])("%j is refused by name", (path) => {
    expect(() => argumentOf(path)).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_MOUNT_NAME", facts: { path } }),
    );
    expect(() => argumentOf("/a", path)).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_MOUNT_NAME" }));
  });
});

/** One record of CSV, as the engines' reader (Go, encoding/csv) takes it. */
function readCsvLine(line: string): string[] {
  const fields: string[] = [];
  let rest = line;
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"(?=,|$)/s.exec(rest);
    const plain = /^[^",\n]*(?=,|$)/.exec(rest);
    const field = quoted ?? plain;
    if (field === null) throw new Error(`no CSV: ${JSON.stringify(line)}`);
    fields.push(quoted?.[1]?.replaceAll('""', '"') ?? field[0]);
    rest = rest.slice(field[0].length);
    if (rest === "") return fields;
    rest = rest.slice(1);
  }
}
