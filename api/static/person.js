// Who is at this screen: the idle lock, and the change of person at a shared computer. The page is never left, so a
// draft stays: what one person was writing is put aside under their name while another uses the page. All pages of a
// browser share one session, so they tell each other who works, who is in, and when they are locked.

import { find, say, setReady } from "./dom.js";
import { ask, askAnyway, whenLocked } from "./http.js";
import { forgetPerson } from "./memory.js";
import { preparePasswords } from "./passwords.js";
import { nameRows } from "./rows.js";
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
  // At a second Escape browsers close a dialog without asking.
  dialog.addEventListener("close", () => {
    if (dialog.open) return;
    if (!isLocked()) return settleWith(false);
    dialog.showModal();
    focusOn();
  });
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
  if (!(await reset(why === "change" ? "" : body.dataset.person))) focusOn();
  return answer;
}

const focusOn = () =>
  (find(".people button", dialog) ?? find("[data-by=passkey]:not([hidden]) button, [name=person]", dialog)).focus();

function arrived(me) {
  const before = body.dataset.person;
  const answered = settle;
  settle = null;
  lastAction = Date.now();
  dialog.dataset.why = "";
  dialog.close();
  answered?.(me.person === before);
  if (me.person !== before) become(me, before);
}

function settleWith(answer) {
  settle?.(answer);
  settle = null;
}

/** The page now belongs to another. What was being written is put aside, and they go on with their own, or with the page as
 * the server gives it to them: so it notes whom they are shown, or refuses them. */
async function become(me, before) {
  find("main").hidden = true; // nobody sees what was shown to another
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" }).catch(() => null);
  if (answer?.status === 403) return location.assign("/"); // a page that is none of theirs
  const isWritten = aside.size > 0 || find("form.entry, form[data-draft]") !== null;
  if (!isWritten || !answer?.ok || answer.redirected) return location.reload();
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (draftsIn(fresh).length !== draftsIn(document).length) return location.reload();
  aside.set(before, putAside(draftsIn(fresh)));
  aside.get(me.person)?.forEach(({ element, id, children }) => fill(element, id, children));
  aside.delete(me.person);
  introduce(me, before, fresh.body.dataset);
}

/** The page is that of `me` now; `slot` and `key`: where it keeps what they write. */
function introduce(me, before, { slot, key }) {
  Object.assign(body.dataset, { person: me.person, ...(slot && { slot, key }) });
  const name = find("#person-name");
  name.textContent = me.name;
  name.dataset.value = me.person;
  find("#person-role").textContent = me.role_said;
  document.dispatchEvent(new CustomEvent("senim:person", { detail: { person: me.person, before } }));
  find("main").hidden = false;
}

/** Where parts of the page are put that are asked for one by one. */
function partsIn(root) {
  const targets = [...root.querySelectorAll("[hx-target^='#']")].map((each) => each.getAttribute("hx-target"));
  const parts = [...new Set(targets)].map((target) => find(target, root)).filter((part) => part !== null);
  return parts.filter((part) => part.closest("form.entry") === null);
}

function draftsIn(root) {
  const parts = partsIn(root);
  return [...root.querySelectorAll("form.entry, form[data-draft]")].filter((form) => !parts.some((part) => part.contains(form)));
}

/** All that is written, as it stands; the forms are `fresh` again, and nothing is asked for yet. */
function putAside(fresh) {
  const forms = draftsIn(document).map((form, n) => taken(form, [...fresh[n].childNodes]));
  const parts = partsIn(document).map((part) => taken(part, []));
  for (const form of document.querySelectorAll("main form:not(.entry)")) form.reset();
  return [...forms, ...parts];
}

function taken(element, children) {
  const kept = { element, id: element.dataset.id, children: [...element.childNodes] };
  fill(element, undefined, children);
  nameRows(element);
  window.htmx?.process(element);
  return kept;
}

function fill(element, id, children) {
  element.replaceChildren(...children);
  if (id === undefined) delete element.dataset.id;
  else element.dataset.id = id;
}
