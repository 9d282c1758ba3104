/**
 * SQLite's bindings end a text at U+0000, and PostgreSQL refuses it. Stored text has two characters for it,
 * and for U+0001, which they begin with; the order of texts stays what it was.
 */
const ENCODED: ReadonlyMap<string, string> = new Map([
  ["\u0000", "\u0001\u0001"],
  ["\u0001", "\u0001\u0002"],
]);

/** The text as a database keeps it. */
export function encodeNul(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what this is about
  return text.replace(/[\u0000\u0001]/g, (character) => ENCODED.get(character) ?? character);
}

/** What {@link encodeNul} was given. */
export function decodeNul(text: string): string {
  if (!text.includes("\u0001")) return text;
  // eslint-disable-next-line no-control-regex -- they are what this is about
  return text.replace(/\u0001([\u0001\u0002])/g, (_, second) => (second === "\u0001" ? "\u0000" : "\u0001"));
}

/** As {@link encodeNul}, of every text and key in canonical JSON, where control characters are escaped. */
export function encodeNulInJson(json: string): string {
  if (!json.includes("\\u000")) return json;
  // A backslash takes what follows with it, so that an escaped backslash begins nothing.
  return json.replace(/\\(?:u000[01]|[^])/g, (escape) => {
    if (escape === "\\u0000") return "\\u0001\\u0001";
    return escape === "\\u0001" ? "\\u0001\\u0002" : escape;
  });
}

/** What {@link encodeNulInJson} was given. */
export function decodeNulInJson(json: string): string {
  if (!json.includes("\\u0001")) return json;
  return json.replace(/\\(?:u0001\\u000[12]|[^])/g, (escape) => {
    if (escape === "\\u0001\\u0001") return "\\u0000";
    return escape === "\\u0001\\u0002" ? "\\u0001" : escape;
  });
}
