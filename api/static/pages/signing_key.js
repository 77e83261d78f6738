// The step in which a person makes their own key to sign with. Its private half never reaches the server.

import { find, say, showStep, whenSubmitted } from "../dom.js";
import { Refused } from "../encoding.js";
import { ask } from "../http.js";
import { makeWrappedKey } from "../keys.js";
import { hasPasskeys, makeSigningPasskey } from "../passkey.js";
import { remember } from "../signing_in.js";
import { samePassword } from "./factor.js";

const { log, rpId } = document.body.dataset;

/** `me()` is who makes the key; `signInPassword()` what must not be used again, as far as this page knows it. */
export function prepareSigningKey(me, signInPassword = () => "") {
  find("#key-passkey").hidden = !hasPasskeys();
  whenSubmitted(find("#key-passkey"), async () => {
    const { person, keys } = me();
    const others = keys.flatMap((key) => key.credential_id ?? []);
    const title = say("signing_passkey_title", { person });
    const { described, credentialId } = await makeSigningPasskey({ person, title, log, rpId, others });
    await enrol(me(), { described, credential_id: credentialId });
  });
  whenSubmitted(find("#key-wrapped"), async (typed) => {
    const password = samePassword(typed);
    if (password === signInPassword()) throw new Refused("password_of_sign_in");
    const made = await makeWrappedKey({ person: me().person, log, password });
    find("#key-wrapped").reset();
    await enrol(me(), made);
  });
}

async function enrol(me, made) {
  const { key, state, from_seq, keys } = await ask("POST", "/api/v1/account/keys", made);
  remember({ ...me, keys });
  find("[data-step=made] .key").textContent = key;
  find("[data-step=made] .told").textContent = say(state === "in_force" ? "key_in_force" : "key_waits", { seq: from_seq });
  showStep("made");
}
