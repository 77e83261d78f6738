// The box in which a person says who they are: a passkey, or equal to it a password with a code. Who entered at this
// device in the shift is one key away; what it learns of a person's own keys stays on this device until the day ends.

import { attempt, find, make, texts, whenSubmitted } from "./dom.js";
import { askAnyway } from "./http.js";
import { peopleOfToday, rememberPerson } from "./memory.js";
import { getSignIn, hasPasskeys } from "./passkey.js";
import { dayOf } from "./times.js";

export const today = () => dayOf(new Date(), texts.zone);

/** Let `box` sign somebody in; `done(me)` follows. Returns `reset(person)`, which prepares it anew. */
export function prepareSignIn(box, done) {
  const passkey = find("[data-by=passkey]", box);
  const password = find("[data-by=password]", box);
  const code = find("[name=code]", password);
  let chosen = "";
  let wanted = "";

  passkey.hidden = !hasPasskeys();
  whenSubmitted(passkey, byPasskey);
  whenSubmitted(password, async (typed) => {
    const asked = { person: typed.get("person").trim(), password: typed.get("password"), code: typed.get("code").trim() };
    try {
      arrive(await askAnyway("POST", "/api/v1/account/sign-in/password", asked));
    } catch (refused) {
      if (refused.code === "second_factor_needed") askCode(true);
      throw refused;
    }
  });
  (box.closest("dialog") ?? document).addEventListener("keydown", (event) => {
    const { target, code: key, ctrlKey, altKey, metaKey } = event;
    const number = /^(?:Digit|Numpad)([1-9])$/.exec(key)?.[1]; // the key, whatever layout is on
    if (!number || target.closest("input") || ctrlKey || altKey || metaKey) return;
    event.preventDefault();
    const button = buttonOf(number);
    if (button) button.click();
    else wanted = number; // typed ahead of the list
  });
  return reset;

  async function byPasskey() {
    const asked = await askAnyway("POST", "/api/v1/account/sign-in/options", chosen ? { person: chosen } : {});
    arrive(await askAnyway("POST", "/api/v1/account/sign-in/passkey", { credential: await getSignIn(asked.options) }));
  }

  function arrive(me) {
    password.reset();
    done(announce(me));
  }

  function askCode(asked) {
    code.closest("p").hidden = !asked;
    code.required = asked;
    if (!asked) code.value = "";
  }

  /** Whether a person was typed ahead, so that the cursor stands where they go on. */
  async function reset(person) {
    wanted = "";
    for (const form of [passkey, password]) find(".problem", form).replaceChildren();
    find(".people", box).replaceChildren(); // nobody is chosen from an old list
    if (box.closest("dialog")) password.reset(); // on a page of its own somebody may be typing already
    pick({ person });
    const { people } = await askAnyway("GET", "/api/v1/account/here").catch(() => ({ people: [] }));
    find(".people", box).replaceChildren(...people.map(toButton));
    const known = people.find((someone) => someone.person === person);
    if (known) pick(known);
    const button = wanted && buttonOf(wanted);
    button?.click?.();
    return Boolean(button);
  }

  function buttonOf(number) {
    return find(`.people li:nth-child(${number}) button`, box);
  }

  function toButton(someone, n) {
    const button = make("button", { type: "button" }, make("kbd", {}, String(n + 1)), ` ${someone.name} (${someone.person})`);
    button.addEventListener("click", () => {
      pick(someone);
      if (someone.has_passkey && hasPasskeys()) attempt(passkey, byPasskey);
      else find("[name=password]", password).focus();
    });
    return make("li", {}, button);
  }

  function pick({ person, quick = false }) {
    chosen = person;
    if (person) find("[name=person]", password).value = person;
    askCode(!quick);
  }
}

/** The key with which `person`, who came in here today, can sign here; or undefined. */
export function findHolder(person) {
  const keys = peopleOfToday(today()).find((someone) => someone.person === person)?.keys ?? [];
  const found = keys.find((key) => key.state === "in_force");
  return found && { ...found, person };
}

/** What the pages of this browser tell each other: `{acted}` (a time), `{locked}`, `{person}` who is in. */
export const pages = new BroadcastChannel("senim.person");

export function remember(me) {
  rememberPerson({ person: me.person, name: me.name, keys: me.keys }, today());
  return me;
}

/** For who just signed in: a page that only found somebody here would undo a lock that is on its way. */
export function announce(me) {
  pages.postMessage({ person: me.person });
  return remember(me);
}
