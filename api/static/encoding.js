// Bytes as text and back, in their one canonical spelling; SHA-256. Trusts nobody.

/** What this program will not do, with a stable code; `values` go into the sentence that the page says. */
export class Refused extends Error {
  constructor(code, values = {}) {
    super(code);
    this.name = "Refused";
    this.code = code;
    this.values = values;
  }
}

const UTF8 = new TextEncoder();

export const toUtf8 = (text) => UTF8.encode(text);

export const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** RFC 4648, section 4, with padding. */
export function toBase64(bytes) {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Refused("base64_malformed") for everything but what `toBase64` writes. */
export function fromBase64(text) {
  let binary;
  try {
    binary = atob(text);
  } catch {
    throw new Refused("base64_malformed");
  }
  if (typeof text !== "string" || btoa(binary) !== text) throw new Refused("base64_malformed");
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

/** RFC 4648, section 5, without padding: how WebAuthn writes bytes. */
export const toBase64Url = (bytes) =>
  toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

export function fromBase64Url(text) {
  const plain = text.replaceAll("-", "+").replaceAll("_", "/");
  return fromBase64(plain.padEnd(Math.ceil(plain.length / 4) * 4, "="));
}

export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

export const randomBytes = (count) => crypto.getRandomValues(new Uint8Array(count));
