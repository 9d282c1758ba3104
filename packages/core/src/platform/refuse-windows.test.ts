import { describe, expect, it } from "vitest";
import { refuseWindows } from "./refuse-windows.js";

describe("refuseWindows", () => {
  it("says on Windows where runcache runs", () => {
    expect(() => refuseWindows("win32")).toThrow(/under WSL/);
  });

  it.each(["linux", "darwin"] as const)("lets %s be", (platform) => {
    expect(() => refuseWindows(platform)).not.toThrow();
  });
});
