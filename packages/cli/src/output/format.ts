const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** `1.5 GiB` */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** `12 ms`, `3.4 s`, `2 min 5 s`, `1 h 20 min`, `3 d 4 h` */
export function formatDuration(durationMs: number): string {
  if (durationMs < 999.5) return `${Math.round(durationMs)} ms`;
  const seconds = durationMs / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return pair(whole, 60, "min", "s");
  if (whole < 86_400) return pair(Math.round(whole / 60), 60, "h", "min");
  return pair(Math.round(whole / 3600), 24, "d", "h");
}

function pair(small: number, base: number, bigUnit: string, smallUnit: string): string {
  const rest = small % base;
  const big = `${Math.floor(small / base)} ${bigUnit}`;
  return rest === 0 ? big : `${big} ${rest} ${smallUnit}`;
}

/** How long ago `then` was, seen at `now`; both in milliseconds since 1970. */
export function formatAge(then: number, now: number): string {
  const ageMs = now - then;
  if (ageMs < 1000) return "just now";
  const [first = "", unit = ""] = formatDuration(ageMs).split(" ");
  return `${Math.round(Number(first))} ${unit} ago`;
}

/** `1 entry`, `2 entries` */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** One word of a POSIX shell, quoted only where it must be. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line for people to read and to paste. */
export function quoteCommand(words: readonly string[]): string {
  return words.map(quoteWord).join(" ");
}
