// A person's own Ed25519 key: made here, wrapped under the SIGNING password, opened only here (WebCrypto). The server
// keeps the wrapped key and can open it no more than any thief of its files: the password never leaves this page.

import { fromBase64, randomBytes, Refused, sha256, toBase64, toHex, toUtf8 } from "./encoding.js";

const KEY_TAG = "senim/key/v1\n";
const WRAP_TAG = "senim/wrapped/v1\n";
export const ITERATIONS = 600_000;
const MOST_ITERATIONS = 10_000_000;
/** Letters of a signing password at least: whoever steals the server's files may try passwords for ever. */
export const SHORTEST_PASSWORD = 12;
// As for signing in (api/accounts/passwords.py): of the commonest passwords nearly all are shorter; these are not.
const COMMON = new Set([
  "0123456789ab", "123456789012", "1234567890123", "1q2w3e4r5t6y", "1qaz2wsx3edc", "administrator",
  "iloveyou1234", "passwordpassword", "qwerty123456", "qwertyuiop[]", "qwertyuiopasdf", "йцукенгшщзхъ",
]); // prettier-ignore

/** The first 16 hex digits of SHA-256 of the SPKI DER. */
export const keyId = async (spki) => toHex(await sha256(spki)).slice(0, 16);

/** What a new key signs to prove that its holder has it; `publicKey` is base64 of the SPKI DER. */
export const toEnrolmentBytes = (log, person, publicKey) => toUtf8(`${KEY_TAG}${log}\n${person}\n${publicKey}`);

/**
 * A new key of `person` for the register `log`, wrapped under `password`: the members of `key.enrolled` that belong
 * to it, its proof, and `wrapped` for the server to keep. The private key is gone when this returns.
 */
export async function makeWrappedKey({ person, log, password }) {
  if (Array.from(password).length < SHORTEST_PASSWORD) throw new Refused("password_short", { least: SHORTEST_PASSWORD });
  if (isCommon(password, person)) throw new Refused("password_common");
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  const described = { person, key: await keyId(spki), alg: "ed25519", public: toBase64(spki), use: "sign", custody: "wrapped" };
  const proof = toBase64(await signBytes(pair.privateKey, toEnrolmentBytes(log, person, described.public)));
  return { described: { ...described, proof }, wrapped: await wrap(pair.privateKey, password, { ...described, log }) };
}

async function wrap(privateKey, password, { log, person, key }) {
  const [salt, iv] = [randomBytes(16), randomBytes(12)];
  const under = await derive(password, salt, ITERATIONS, "wrapKey");
  const sealed = await crypto.subtle.wrapKey("pkcs8", privateKey, under, cipher(iv, { log, person, key }));
  return {
    kdf: "pbkdf2-sha256", iterations: ITERATIONS, salt: toBase64(salt), cipher: "aes-256-gcm", iv: toBase64(iv),
    sealed: toBase64(new Uint8Array(sealed)),
  }; // prettier-ignore
}

/** The key, which can sign and cannot be read out; Refused("password_wrong") where the password does not open it. */
export async function openWrappedKey(wrapped, password, { log, person, key }) {
  const { iterations } = wrapped;
  if (wrapped.kdf !== "pbkdf2-sha256" || wrapped.cipher !== "aes-256-gcm" || !Number.isSafeInteger(iterations)) {
    throw new Refused("wrapping_unknown");
  }
  if (iterations < ITERATIONS || iterations > MOST_ITERATIONS) throw new Refused("wrapping_unknown");
  const under = await derive(password, fromBase64(wrapped.salt), iterations, "unwrapKey");
  const parameters = cipher(fromBase64(wrapped.iv), { log, person, key });
  try {
    return await crypto.subtle.unwrapKey("pkcs8", fromBase64(wrapped.sealed), under, parameters, "Ed25519", false, ["sign"]);
  } catch {
    throw new Refused("password_wrong");
  }
}

function isCommon(password, person) {
  const plain = password.normalize("NFC").toLowerCase();
  const repeats = [1, 2, 3, 4].some((length) => plain === plain.slice(0, length).repeat(plain.length).slice(0, plain.length));
  const strip = (text) => text.replace(/^[0-9!?.*\-_ ]+|[0-9!?.*\-_ ]+$/g, "");
  const bare = strip(plain);
  return repeats || COMMON.has(plain) || (bare !== "" && [strip(person), "senim", "password", "пароль"].includes(bare));
}

/** Whether `password` stands in any text of `value`. */
export function isWritten(password, value) {
  const typed = password.normalize("NFC").trim();
  if (typed === "") return false;
  if (typeof value !== "string") return Object.values(Object(value)).some((member) => isWritten(password, member));
  const text = value.normalize("NFC").trim();
  return text === typed || (typed.length >= SHORTEST_PASSWORD && text.includes(typed));
}

export const signBytes = async (privateKey, message) =>
  new Uint8Array(await crypto.subtle.sign("Ed25519", privateKey, message));

// Bound to whose key it is, so that no wrapped key passes for another's.
const cipher = (iv, { log, person, key }) => ({
  name: "AES-GCM",
  iv,
  additionalData: toUtf8(`${WRAP_TAG}${log}\n${person}\n${key}`),
});

async function derive(password, salt, iterations, usage) {
  const typed = await crypto.subtle.importKey("raw", toUtf8(password.normalize("NFC")), "PBKDF2", false, ["deriveKey"]);
  const parameters = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(parameters, typed, { name: "AES-GCM", length: 256 }, false, [usage]);
}
