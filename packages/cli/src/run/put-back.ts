import { join } from "node:path";
import type { ExecResult } from "@runcache/core";
import type { Interrupts } from "./interrupt.js";
import { restoreOutputs, restoreOutputsAsync } from "./restore-outputs.js";
import type { RunPlan } from "./run-plan.js";
import type { StreamRelay } from "./stream-relay.js";
import { takesLong } from "./takes-long.js";

/** Both streams of a run on their way to the user. */
export interface Relays {
  readonly stdout: StreamRelay;
  readonly stderr: StreamRelay;
}

/** Puts back what a hit gives: the outputs, and then the streams, whose readers find the outputs there. */
export class PutBack {
  readonly #plan: RunPlan;
  readonly #relays: Relays;
  #isLate = false;
  #fault: string | null = null;

  constructor(plan: RunPlan, relays: Relays) {
    this.#plan = plan;
    this.#relays = relays;
  }

  /** Why it cannot be done, or null. Nothing was put back, and nothing of the streams was passed on. */
  get fault(): string | null {
    return this.#fault;
  }

  /** Before the streams come. What takes long is left to `finish`: whoever blocks cannot be interrupted. */
  begin(entryDir: string): void {
    const { outputs, settings } = this.#plan;
    try {
      const isCopy = settings.link.value !== "sym"; // where there are no hard links, too
      this.#isLate = isCopy && takesLong(outputs.map(({ entryName }) => join(entryDir, entryName)));
      if (!this.#isLate) restoreOutputs(entryDir, outputs, this.#options());
    } catch (error) {
      this.#fail(error);
    }
    if (this.#isLate || this.#fault !== null) for (const relay of this.#both()) relay.mute();
  }

  /** After the streams came. @throws the reason of an interrupt, and then everything is as it was */
  async finish(result: ExecResult, interrupts: Interrupts): Promise<void> {
    if (!this.#isLate) return;
    const { signal } = interrupts;
    interrupts.listen();
    let streams: readonly Uint8Array[];
    try {
      streams = [result.stdoutBytes(), result.stderrBytes()];
      await restoreOutputsAsync(result.outputDir, this.#plan.outputs, { ...this.#options(), signal });
    } catch (error) {
      if (signal.aborted) throw error;
      this.#fail(error);
      return;
    }
    for (const [index, relay] of this.#both().entries()) {
      relay.unmute();
      relay.write(streams[index] ?? new Uint8Array());
    }
  }

  #fail(error: unknown): void {
    if (!(error instanceof Error)) throw error;
    this.#fault = error.message;
  }

  #options(): { readonly link: RunPlan["settings"]["link"]["value"]; readonly cacheDir: string } {
    const { link, cacheDir } = this.#plan.settings;
    return { link: link.value, cacheDir: cacheDir.value };
  }

  #both(): readonly StreamRelay[] {
    return [this.#relays.stdout, this.#relays.stderr];
  }
}
