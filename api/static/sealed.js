// Commitments to values that stay out of the register: HMAC-SHA-256 under a random key of 32 bytes each. With the
// opening (value and key) anybody can check one, without it nothing can be guessed.

import { toText } from "./canonical.js";
import { fromBase64, Refused, toHex, toUtf8 } from "./encoding.js";

const SEAL_TAG = "senim/sealed/v1\n";

/** 64 lower-case hex digits. `value` is a scalar of the profile, `key` 32 bytes. */
export async function commit(value, { key, log, id, path }) {
  if (key.length !== 32) throw new Refused("key_length");
  if (!["string", "number", "boolean"].includes(typeof value)) throw new Refused("not_a_scalar");
  const hmac = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const message = toUtf8(`${SEAL_TAG}${log}\n${id}\n${path}\n${toText(value)}`);
  return toHex(new Uint8Array(await crypto.subtle.sign("HMAC", hmac, message)));
}

/** Path → commitment of each opening `{path, value, key: base64}`; Refused where a path or a key comes twice. */
export async function commitAll(openings, { log, id }) {
  const keys = new Set(openings.map((opening) => opening.key));
  const paths = new Set(openings.map((opening) => opening.path));
  if (keys.size !== openings.length || paths.size !== openings.length) throw new Refused("opening_twice");
  const made = openings.map(async ({ path, value, key }) => [
    path,
    await commit(value, { key: fromBase64(key), log, id, path }),
  ]);
  return new Map(await Promise.all(made));
}
