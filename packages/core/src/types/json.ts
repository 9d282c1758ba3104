/** A value that JSON can carry. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object; order of its keys carries no meaning. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}
