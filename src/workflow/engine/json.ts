/** A JSON object; values are checked where they are used. */
export type JsonObject = Record<string, unknown>;

/** True for a JSON object (not null, not an array). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Equality of two JSON values; the order of object members does not count. */
export function jsonEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) {
    return Array.isArray(right) && left.length === right.length && left.every((item, i) => jsonEqual(item, right[i]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && jsonEqual(left[key], right[key]))
  );
}

/** Length of the value's JSON text in UTF-8 bytes: what the 256 KB limit counts. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(toJson(value), 'utf8');
}

/** JSON text of a value; undefined (which JSON lacks) becomes null. */
export function toJson(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

/** Sets one own member; `__proto__` is an ordinary name here, as it is in JSON. */
export function setMember(target: JsonObject, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[name] = value;
  }
}

/** The own member of an object, or undefined. */
export function memberOf(target: unknown, name: string): unknown {
  return isObject(target) && Object.hasOwn(target, name) ? target[name] : undefined;
}
