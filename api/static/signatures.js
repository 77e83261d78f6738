// A person's signature over the signed bytes of a ceremony, by whichever kind of key they have.

import { toBase64 } from "./encoding.js";
import { openWrappedKey, signBytes } from "./keys.js";
import { assertBytes } from "./passkey.js";

/**
 * The signature object that an entry carries: by, key, alg, value …, and `of` where several statements are signed.
 *
 * `holder` is `{person, key, alg, wrapped | credential_id, rp_id}`; `password` opens a wrapped key.
 */
export async function signCeremony({ hashes, message }, holder, { log, password }) {
  const { person, key, alg } = holder;
  const made = { by: person, key, alg, ...(await prove(message, holder, { log, password })) };
  return hashes.length > 1 ? { ...made, of: hashes } : made;
}

async function prove(message, holder, { log, password }) {
  if (holder.alg === "webauthn-es256") {
    return assertBytes(message, { rpId: holder.rp_id, credentialId: holder.credential_id });
  }
  const opened = await openWrappedKey(holder.wrapped, password, { log, person: holder.person, key: holder.key });
  return { value: toBase64(await signBytes(opened, message)) };
}
