// Passkeys (WebAuthn), for two purposes that never mix: to sign in, with options that the server makes; and to sign
// statements, with a credential of its own whose challenge is the hash of the signed bytes, made here.

import { fromBase64Url, randomBytes, Refused, sha256, toBase64, toBase64Url } from "./encoding.js";
import { keyId, toEnrolmentBytes } from "./keys.js";

const ES256 = -7;
const USER_PRESENT_AND_VERIFIED = 0b101;

export const hasPasskeys = () => globalThis.PublicKeyCredential !== undefined;

/** A new sign-in credential, as JSON for the server that asked for it with `options`. */
export async function createSignIn(options) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return (await ask(() => navigator.credentials.create({ publicKey }))).toJSON();
}

/** A sign-in assertion, as JSON for the server that asked for it with `options`. */
export async function getSignIn(options, signal) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return (await ask(() => navigator.credentials.get({ publicKey, signal }))).toJSON();
}

/**
 * A new signing passkey of `person`: the members of `key.enrolled` that belong to it, its proof, and the credential's
 * id for the server to keep. Asks for two gestures: one makes the key, the other proves it.
 */
export async function makeSigningPasskey({ person, title, log, rpId, others = [] }) {
  const publicKey = {
    challenge: randomBytes(32),
    rp: { id: rpId, name: "Senim" },
    // A user id of its own: with that of the sign-in credential an authenticator would overwrite it.
    user: { id: randomBytes(32), name: title, displayName: title },
    pubKeyCredParams: [{ type: "public-key", alg: ES256 }],
    authenticatorSelection: { userVerification: "required", residentKey: "discouraged" },
    excludeCredentials: others.map((id) => ({ type: "public-key", id: fromBase64Url(id) })),
    attestation: "none",
  };
  const made = await ask(() => navigator.credentials.create({ publicKey }));
  if (made.response.getPublicKeyAlgorithm() !== ES256) throw new Refused("passkey_unsuitable");
  const spki = new Uint8Array(made.response.getPublicKey());
  const described = {
    person, key: await keyId(spki), alg: "webauthn-es256", public: toBase64(spki), use: "sign", custody: "passkey",
    rp_id: rpId, origins: [location.origin],
  }; // prettier-ignore
  const credentialId = toBase64Url(new Uint8Array(made.rawId));
  const proof = await assertBytes(toEnrolmentBytes(log, person, described.public), { rpId, credentialId });
  return { described: { ...described, proof }, credentialId };
}

/** The assertion over SHA-256 of `message`, as the register keeps it: authenticator_data, client_data, value. */
export async function assertBytes(message, { rpId, credentialId }) {
  const publicKey = {
    challenge: await sha256(message),
    rpId,
    allowCredentials: [{ type: "public-key", id: fromBase64Url(credentialId) }],
    userVerification: "required",
  };
  const { response } = await ask(() => navigator.credentials.get({ publicKey }));
  const flags = new Uint8Array(response.authenticatorData)[32];
  if ((flags & USER_PRESENT_AND_VERIFIED) !== USER_PRESENT_AND_VERIFIED) throw new Refused("passkey_unsuitable");
  const text = (buffer) => toBase64(new Uint8Array(buffer));
  return {
    authenticator_data: text(response.authenticatorData),
    client_data: text(response.clientDataJSON),
    value: text(response.signature),
  };
}

async function ask(gesture) {
  if (!hasPasskeys()) throw new Refused("passkeys_missing");
  try {
    return await gesture();
  } catch (refused) {
    if (refused.name === "InvalidStateError") throw new Refused("passkey_there_already");
    if (refused.name === "AbortError") throw new Refused("stopped");
    throw new Refused("passkey_declined"); // NotAllowedError: declined, timed out, or none that fits
  }
}
