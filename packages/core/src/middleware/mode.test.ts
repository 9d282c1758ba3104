import { afterEach, describe, expect, it, vi } from "vitest";
import { currentMode } from "./mode.js";

afterEach(() => vi.unstubAllEnvs());

describe("currentMode", () => {
  it.each([
    [undefined, "on"],
    ["", "on"],
    ["on", "on"],
    ["off", "off"],
    ["read-only", "read-only"],
    ["refresh", "refresh"],
  ])("takes RUNCACHE=%s for %s", (text, mode) => {
    vi.stubEnv("RUNCACHE", text);
    expect(currentMode()).toBe(mode);
  });

  it("refuses any other word, because to guess could give a stale result", () => {
    vi.stubEnv("RUNCACHE", "OFF");
    expect(currentMode).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_MODE" }) as Error);
  });
});
