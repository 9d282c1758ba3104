/** One thing that was looked at. */
export interface Finding {
  /** What was looked at, in one or two words. */
  readonly name: string;
  /** `note`: fine, but worth knowing. `problem`: something will not work, or not well. */
  readonly status: "ok" | "note" | "problem";
  /** One sentence without a full stop. */
  readonly text: string;
  /** What to do, or null. */
  readonly advice: string | null;
}

export function ok(name: string, text: string): Finding {
  return { name, status: "ok", text, advice: null };
}

export function note(name: string, text: string, advice: string | null = null): Finding {
  return { name, status: "note", text, advice };
}

export function problem(name: string, text: string, advice: string): Finding {
  return { name, status: "problem", text, advice };
}
