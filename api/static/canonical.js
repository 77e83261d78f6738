// Canonical bytes: RFC 8785 in the register's narrow profile, strictly both ways (contract of the entries: objects
// whose keys match [a-z0-9_]+, under `sealed` joined by dots; integers within ±(2^53 − 1); NFC strings without
// surrogates; no floats). Trusts nobody: `fromBytes` accepts exactly what `toBytes` writes.

import { Refused, toUtf8 } from "./encoding.js";

export const MAX_DEPTH = 32;

const KEY = /^[a-z0-9_]+$/;
const PATH = /^[a-z0-9_]+(\.[a-z0-9_]+)*$/;

/** The canonical text of a value of the profile; Refused with the reason for any other value. */
export function toText(value) {
  return write(value, 1, false);
}

export const toBytes = (value) => toUtf8(toText(value));

/** The value whose canonical bytes these are; Refused for every other spelling. */
export function fromBytes(bytes) {
  let text, value;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    throw new Refused("not_json");
  }
  if (toText(value) !== text) throw new Refused("not_canonical");
  return value;
}

export const isSame = (one, other) => toText(one) === toText(other);

function write(value, depth, dotted) {
  switch (typeof value) {
    case "string":
      return writeText(value);
    case "number":
      return writeInteger(value);
    case "boolean":
      return String(value);
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? writeList(value, depth) : writeObject(value, depth, dotted);
    default:
      throw new Refused("type_unknown");
  }
}

function writeText(text) {
  if (!text.isWellFormed()) throw new Refused("surrogate");
  if (text.normalize("NFC") !== text) throw new Refused("not_nfc");
  return JSON.stringify(text); // RFC 8785, 3.2.2.2, takes its escapes from ECMAScript
}

function writeInteger(number) {
  if (Object.is(number, -0) || !Number.isInteger(number)) throw new Refused("number_not_integer");
  if (!Number.isSafeInteger(number)) throw new Refused("integer_out_of_range");
  return String(number);
}

function writeList(list, depth) {
  checkDepth(list.length, depth);
  // Array.from, unlike map, also meets the holes of a sparse list.
  return `[${Array.from(list, (item) => write(item, depth + 1, false)).join(",")}]`;
}

function writeObject(object, depth, dotted) {
  const prototype = Object.getPrototypeOf(object);
  if (prototype !== null && prototype !== Object.prototype) throw new Refused("type_unknown");
  const keys = Object.keys(object).sort(); // by UTF-16 code units, RFC 8785, 3.2.3
  checkDepth(keys.length, depth);
  const members = keys.map((key) => {
    if (!(dotted ? PATH : KEY).test(key)) throw new Refused("key_malformed");
    return `"${key}":${write(object[key], depth + 1, key === "sealed")}`;
  });
  return `{${members.join(",")}}`;
}

function checkDepth(size, depth) {
  if (size > 0 && depth > MAX_DEPTH) throw new Refused("too_deep");
}
