// Who is at this screen: the idle lock, and the change of person at a shared computer. The page is never left, so a
// draft stays: what one person was writing is put aside under their name while another uses the page. All pages of a
// browser share one session, so they tell each other who works, who is in, and when they are locked.

import { find, say, setReady } from "./dom.js";
import { ask, askAnyway, whenLocked } from "./http.js";
import { forgetPerson } from "./memory.js";
import { preparePasswords } from "./passwords.js";
import { pages, prepareSignIn, remember, today } from "./signing_in.js";

const { body } = document;
const dialog = find("#lock");
const TITLES = { lock: say("locked"), change: say("change_person"), proof: say("prove") };
const ACTIONS = ["pointerdown", "keydown", "wheel", "touchstart"];
const aside = new Map();
let reset = null;
let settle = null;
let lastAction = Date.now();
let lastTold = lastAction;
let lastShared = lastAction;

/** Start the lock of a page that a signed-in person sees. */
export function guardPage() {
  for (const action of ACTIONS) addEventListener(action, () => (lastAction = Date.now()), { passive: true, capture: true });
  setInterval(lockWhenIdle, 5_000);
  pages.addEventListener("message", ({ data }) => hear(data));
  dialog.addEventListener("cancel", (event) => isLocked() && event.preventDefault());
  dialog.addEventListener("close", () => settleWith(false));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F8" || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    open("change");
  });
  find("#change-person").addEventListener("click", () => open("change"));
  find("#lock-now").addEventListener("click", lock);
  find("#sign-out").addEventListener("click", signOut);
  find(".close", dialog).addEventListener("click", () => dialog.close());
  reset = prepareSignIn(find("[data-sign-in]", dialog), arrived);
  whenLocked(({ code }) => open(code === "proof_needed" ? "proof" : "lock"));
  ask("GET", "/api/v1/account/me").then(remember, () => {});
  preparePasswords();
  setReady();
}

const isLocked = () => dialog.dataset.why === "lock";

/** The server counts requests, the person counts what they do: while somebody is at work it is told so. */
function lockWhenIdle() {
  if (lastAction > lastShared) pages.postMessage({ acted: (lastShared = lastAction) });
  if (lastAction > lastTold + 60_000 && !dialog.open) {
    lastTold = Date.now();
    ask("GET", "/api/v1/account/me").catch(() => {});
  }
  if (Date.now() - lastAction > Number(body.dataset.idleMinutes) * 60_000 && !(dialog.open && isLocked())) lock();
}

/** What another page tells. Whoever is about to sign here does so first. */
function hear({ acted, locked, person }) {
  if (acted) return (lastAction = lastShared = Math.max(lastAction, acted));
  if (locked && !(dialog.open && isLocked())) open("lock");
  const isNews = person !== body.dataset.person || (dialog.open && isLocked());
  if (person && isNews && !find("#sign").open) askAnyway("GET", "/api/v1/account/me").then(arrived, () => open("lock"));
}

async function lock() {
  pages.postMessage({ locked: true });
  open("lock");
  await askAnyway("POST", "/api/v1/account/lock").catch(() => {}); // without a network the server locks by itself
}

async function signOut() {
  await askAnyway("DELETE", "/api/v1/account/session").catch(() => {});
  forgetPerson(body.dataset.person, today());
  pages.postMessage({ locked: true });
  location.assign("/sign-in");
}

/** Open the dialog; true once somebody signed in as the person whom this page belongs to. */
async function open(why) {
  settleWith(false);
  dialog.dataset.why = why;
  find("h2", dialog).textContent = TITLES[why];
  find(".close", dialog).hidden = isLocked();
  if (!dialog.open) dialog.showModal();
  const answer = new Promise((resolve) => (settle = resolve));
  if (!(await reset(why === "change" ? "" : body.dataset.person))) {
    (find(".people button", dialog) ?? find("[data-by=passkey]:not([hidden]) button, [name=person]", dialog)).focus();
  }
  return answer;
}

function arrived(me) {
  const before = body.dataset.person;
  const answered = settle;
  settle = null;
  lastAction = Date.now();
  dialog.close();
  answered?.(me.person === before);
  if (me.person !== before) become(me, before);
}

function settleWith(answer) {
  settle?.(answer);
  settle = null;
}

/** The page now belongs to another: drafts change places; where there are none, it is shown anew for them. */
function become(me, before) {
  if (find("form[data-draft]") === null) return location.reload();
  aside.set(before, takeDrafts());
  body.dataset.person = me.person;
  Object.assign(find("#person-name"), { textContent: me.name }).dataset.value = me.person;
  find("#person-role").textContent = me.role_said;
  putDrafts(aside.get(me.person) ?? new Map());
  document.dispatchEvent(new CustomEvent("senim:person", { detail: { person: me.person, before } }));
}

const drafts = () => [...document.querySelectorAll("form[data-draft]")];
const fieldsOf = (form) => [...form.elements].filter((field) => field.name && field.type !== "password");

function takeDrafts() {
  const taken = new Map(drafts().map((form) => [form.dataset.draft, fieldsOf(form).map(valueOf)]));
  for (const form of drafts()) form.reset();
  return taken;
}

function putDrafts(taken) {
  for (const form of drafts()) {
    const values = taken.get(form.dataset.draft) ?? [];
    fieldsOf(form).forEach((field, n) => n in values && setValue(field, values[n]));
  }
}

const isTick = (field) => ["checkbox", "radio"].includes(field.type);
const valueOf = (field) => (isTick(field) ? field.checked : field.value);
const setValue = (field, value) => (isTick(field) ? (field.checked = value) : (field.value = value));
