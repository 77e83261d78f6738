// Own ways to sign in: another passkey, a password with an app, new recovery codes.

import { find, whenPressed, whenSubmitted } from "../dom.js";
import { ask } from "../http.js";
import { createSignIn, hasPasskeys } from "../passkey.js";
import { guardPage } from "../person.js";
import { leadBack, samePassword, showCodes, showTotp, whenCodesAreKept } from "./factor.js";

const ways = find("#ways");
let chosen = null;

for (const button of ways.querySelectorAll(".remove")) {
  whenPressed(button, ways, async () => {
    await ask("DELETE", `/api/v1/account/passkeys/${encodeURIComponent(button.dataset.passkey)}`);
    location.reload();
  });
}
find("#by-passkey").hidden = !hasPasskeys();
whenSubmitted(find("#by-passkey"), async () => {
  const { options } = await ask("POST", "/api/v1/account/passkeys/options");
  await ask("POST", "/api/v1/account/passkeys", { credential: await createSignIn(options) });
  location.reload();
});
whenSubmitted(find("#by-password"), async (typed) => {
  const password = samePassword(typed);
  const offered = await ask("POST", "/api/v1/account/totp");
  chosen = { password, offer: offered.offer };
  showTotp(offered);
});
whenSubmitted(find("form[data-step=totp]"), async (typed) => {
  await ask("POST", "/api/v1/account/password", { ...chosen, code: typed.get("code").trim() }).catch(leadBack);
  location.reload();
});
whenPressed(find("#make-codes"), find("#recovery"), async () => {
  const { recovery_codes } = await ask("POST", "/api/v1/account/recovery-codes");
  showCodes(recovery_codes, { name: find("#person-name").textContent, person: document.body.dataset.person });
});
whenCodesAreKept(() => location.reload());
guardPage();
