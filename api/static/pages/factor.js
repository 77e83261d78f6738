// The steps that enrolment and recovery share: a factor to sign in with, then recovery codes. `ticket` stands for the
// code that was given, until the last step.

import { find, make, setReady, showStep, whenSubmitted } from "../dom.js";
import { Refused } from "../encoding.js";
import { askAnyway } from "../http.js";
import { createSignIn, hasPasskeys } from "../passkey.js";
import { preparePasswords } from "../passwords.js";
import { announce } from "../signing_in.js";

/** Prepare the steps `code`, `factor`, `totp` and `codes`; `done(me, password)` follows them. `why`: whose code it is. */
export function prepareFactor(why, done) {
  let ticket = null;
  let chosen = null;
  let me = null;
  const send = (step, asked) => askAnyway("POST", `/api/v1/account/setup/${step}`, asked).catch(leadBack);
  const arrive = (answer) => {
    me = announce(answer.me);
    goOnFrom("/account/keys");
    showCodes(answer.recovery_codes, me);
  };

  whenSubmitted(find("form[data-step=code]"), async (typed) => {
    ({ ticket } = await send(why, { person: typed.get("person").trim(), code: typed.get("code").trim() }));
    for (const name of document.querySelectorAll("input[hidden][name=username]")) name.value = typed.get("person").trim();
    find("#by-passkey").hidden = !hasPasskeys();
    showStep("factor");
  });
  whenSubmitted(find("#by-passkey"), async () => {
    const { options } = await send("passkey/options", { ticket });
    arrive(await send("passkey/made", { ticket, credential: await createSignIn(options) }));
  });
  whenSubmitted(find("#by-password"), async (typed) => {
    const password = samePassword(typed);
    const offered = await send("totp", { ticket });
    chosen = { password, offer: offered.offer };
    showTotp(offered);
  });
  whenSubmitted(find("form[data-step=totp]"), async (typed) => {
    arrive(await send("password/made", { ticket, ...chosen, code: typed.get("code").trim() }));
  });
  whenCodesAreKept(() => {
    find("#by-password").reset();
    done(me, chosen?.password ?? "");
  });
  find("#person").focus();
  preparePasswords();
  setReady();
}

/** The code that was given is used: to load the page again, or in another language, goes on from `path`. */
function goOnFrom(path) {
  history.replaceState(null, "", path);
  for (const link of document.querySelectorAll("a[hreflang]")) link.search = `?to=${path}`;
}

/** What this step cannot mend is told where it can be mended: at the password, or at the beginning. */
export function leadBack(refused) {
  const password = find("#by-password");
  const beginning = find("form[data-step=code]") ?? password;
  const at = refused.code?.startsWith("password_") ? password : refused.code === "setup_over" ? beginning : null;
  if (at) showStep(at.closest("[data-step]").dataset.step);
  throw Object.assign(refused, { at });
}

const keep = (event) => event.preventDefault();

/** Show recovery codes; they are not lost by a wrong key, since the browser asks before it leaves them. */
export function showCodes(codes, { name, person }) {
  find(".codes").replaceChildren(...codes.map((code) => make("li", {}, code)));
  find("[data-step=codes] .whose").textContent = `${name} (${person})`;
  addEventListener("beforeunload", keep);
  showStep("codes");
}

export function whenCodesAreKept(done) {
  find("[data-step=codes] .print").addEventListener("click", () => print());
  find("[data-step=codes] .next").addEventListener("click", () => {
    removeEventListener("beforeunload", keep);
    find(".codes").replaceChildren();
    done();
  });
}

/** Ask for the first code of a new secret. */
export function showTotp({ secret, picture }) {
  find(".secret").textContent = secret.replace(/(.{4})/g, "$1 ").trim();
  find(".qr").src = picture;
  showStep("totp");
}

/** The password that was typed twice; Refused where it was not. */
export function samePassword(typed) {
  if (typed.get("password") !== typed.get("again")) throw new Refused("passwords_differ");
  return typed.get("password");
}
