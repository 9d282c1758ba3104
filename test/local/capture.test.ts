import { closeSync, openSync, readFileSync } from "node:fs";
import type { CaptureRequest, CaptureResult } from "@runcache/core";
import { describe, expect, it } from "vitest";
import { probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { Rig } from "./rig.js";

const rig = new Rig();

describe("capture", () => {
  const capture = (script: string, request: Partial<CaptureRequest> = {}): CaptureResult => {
    const [stdoutFd, stderrFd] = [openSync(rig.path("stdout"), "w"), openSync(rig.path("stderr"), "w")];
    try {
      return rig.start().capture({ cargs: ["sh", "-c", script], stdin: null, stdoutFd, stderrFd, ...request });
    } finally {
      closeSync(stdoutFd);
      closeSync(stderrFd);
    }
  };

  it("writes both streams to the descriptors, byte for byte", () => {
    capture("printf 'a\\r\\n\\377\\000b'; printf 'c' >&2");
    expect(readFileSync(rig.path("stdout"))).toEqual(Buffer.from([0x61, 0x0d, 0x0a, 0xff, 0x00, 0x62]));
    expect(readFileSync(rig.path("stderr"), "utf8")).toBe("c");
  });

  it.skipIf(requireOrSkip("linux", probes.linux))("gives the tool the very file", () => {
    capture("exec 3>&1; ls -l /proc/self/fd/3 >&2");
    expect(readFileSync(rig.path("stderr"), "utf8")).toContain(rig.path("stdout"));
  });

  it.skipIf(requireOrSkip("linux", probes.linux))("tells the CPU time of a run that blocked", () => {
    const { usage } = capture("i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done");
    expect(usage?.userMs).toBeGreaterThan(0);
  });

  it("says which standard input is missing, and starts nothing", () => {
    expect(() => capture('echo >"$0"', { stdin: rig.path("missing") })).toThrow(
      expect.objectContaining({
        code: "ERR_RUNCACHE_LAUNCH",
        cause: expect.objectContaining({ code: "ENOENT" }) as unknown,
      }),
    );
  });
});
