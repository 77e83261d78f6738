// Own keys: make one, revoke one (a signed entry, by any key that is in force), and what this browser remembers.

import { find, showStep, texts, whenPressed, whenSubmitted } from "../dom.js";
import { ask, newUuid } from "../http.js";
import { forgetRegister, knownRegister } from "../memory.js";
import { guardPage } from "../person.js";
import { sign } from "../signing.js";
import { remember } from "../signing_in.js";
import { toTimestamp } from "../times.js";
import { prepareSigningKey } from "./signing_key.js";

guardPage();
const own = find("#own");
const revoking = find("#revoking");
const me = remember(await ask("GET", "/api/v1/account/me"));
let revoked = null;

prepareSigningKey(() => me);
find("#make-key").addEventListener("click", () => showStep("key"));
for (const button of own.querySelectorAll(".revoke")) button.addEventListener("click", () => begin(button.dataset.key));
for (const button of own.querySelectorAll(".forget")) {
  whenPressed(button, own, async () => {
    await ask("DELETE", `/api/v1/account/keys/${button.dataset.key}`);
    location.reload();
  });
}
whenSubmitted(revoking, async (typed) => {
  const command = {
    id: newUuid(), type: "key.revoked", occurred_at: toTimestamp(new Date()), performer: me.person,
    body: { key: revoked, reason: typed.get("reason").trim() },
  }; // prettier-ignore
  if (await sign([command], { person: { [me.person]: me.name } })) location.reload();
});

function begin(key) {
  revoked = key;
  find(".key", revoking).textContent = key;
  revoking.hidden = false;
  find("[name=reason]", revoking).focus();
}

function showKnown() {
  const known = knownRegister();
  find("#known .genesis").textContent = known?.genesis ?? texts.said.none_yet;
  find("#known .seen").textContent = known ? `${known.seen.seq} ${known.seen.leaf}` : texts.said.none_yet;
  find("#forget-register").hidden = known === null;
}
find("#forget-register").addEventListener("click", () => {
  forgetRegister();
  showKnown();
});
showKnown();
