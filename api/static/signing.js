// The dialog in which people sign: it says what the statements say, and asks each person who must for their key. Only F9,
// its button or a typed signing password signs: never the Enter that a scanner sends.

import { begin, park, receive, record, signNext, waiting } from "./ceremony.js";
import { attempt, find, make, say } from "./dom.js";
import { Refused } from "./encoding.js";
import { isWritten } from "./keys.js";
import { peopleOfToday } from "./memory.js";
import { findHolder, today } from "./signing_in.js";
import { terms } from "./terms.js";
import { describe } from "./words.js";

const dialog = find("#sign");
const form = find("form", dialog);
let ceremony = null;
let settle = null;
let whenSigned = null;
let called = {};
let toMend = null;

/**
 * Ask for signatures over `commands`; the receipts, `{parked: id}` where another is to sign elsewhere, or null.
 *
 * `signed(ceremony)` is awaited when everybody has signed and before it is sent, so that it can be kept and sent again;
 * where that is false, it is not sent.
 */
export async function sign(commands, names = {}, signed = null) {
  return show(await begin(commands), names, signed);
}

/** The same for what another person parked. */
export async function signReceived(id, names = {}) {
  return show(await receive(id), names);
}

function show(begun, names, signed = null) {
  ceremony = begun;
  whenSigned = signed;
  called = names.person ?? {};
  const said = ceremony.commands.map((command) => describe(command, terms, names));
  find(".statements", dialog).replaceChildren(...said.map(toSection));
  ask();
  dialog.showModal();
  dialog.scrollTop = 0;
  return new Promise((resolve) => (settle = resolve));
}

function toSection({ title, rows }) {
  const list = make("dl", { className: "said" });
  for (const { label, value } of rows) list.append(make("dt", {}, label), make("dd", {}, value));
  return make("section", {}, make("h3", {}, title), list);
}

const nameOf = (person) => peopleOfToday(today()).find((someone) => someone.person === person)?.name ?? called[person] ?? person;

/** Ask the next who is due: for a password, for the gesture of a passkey, or to sign on their own device. */
function ask() {
  const [person] = waiting(ceremony);
  const holder = findHolder(person);
  const isWrapped = holder?.wrapped !== undefined;
  find(".signatory", dialog).textContent = say(holder ? "signs_now" : "signs_elsewhere", { person: nameOf(person) });
  const password = find("[name=signing_password]", form);
  password.closest("p").hidden = !isWrapped;
  password.required = isWrapped;
  find(".do-sign", dialog).hidden = !holder;
  find(".do-park", dialog).hidden = ceremony.signatures.length === 0;
  find(".problem", dialog).replaceChildren();
  // After the button that led here is enabled again; what is to be read stays in view.
  setTimeout(() => (isWrapped ? password : find("h2", dialog)).focus({ preventScroll: true }));
}

async function signNow() {
  const [person] = waiting(ceremony);
  const holder = findHolder(person);
  if (holder) {
    const password = find("[name=signing_password]", form);
    if (isWritten(password.value, ceremony.commands)) keepOut(password.value);
    ceremony = await signNext(ceremony, holder, password.value);
    password.value = "";
  }
  if (waiting(ceremony).length > 0) return ask();
  const isHeld = (await whenSigned?.(ceremony)) === false;
  finish(isHeld ? null : await record(ceremony));
}

/** Nobody signs their own password into the register, typed ahead of this dialog: it is taken out where it stands. */
function keepOut(password) {
  toMend = [...document.querySelectorAll("main [name]")].find(({ value }) => isWritten(password, value)) ?? null;
  form.reset();
  setTimeout(() => find(".close", dialog).focus()); // after `attempt`, which would go to the password again
  throw new Refused("password_written");
}

async function parkNow() {
  const [person] = waiting(ceremony);
  finish({ parked: (await park(ceremony, person)).id });
}

function finish(answer) {
  const answered = settle;
  settle = ceremony = null;
  form.reset();
  dialog.close();
  toMend?.focus();
  toMend = null;
  answered?.(answer);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (find("[name=signing_password]", form).value) attempt(form, signNow);
});
find(".do-sign", dialog).addEventListener("click", () => attempt(form, signNow));
find(".do-park", dialog).addEventListener("click", () => attempt(form, parkNow));
// Nothing breaks off what is being signed or sent: it may be recorded already.
const isBusy = () => form.ariaBusy === "true";
const leave = () => isBusy() || finish(null);
find(".close", dialog).addEventListener("click", leave);
dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  leave();
});
// At a second Escape browsers close a dialog without asking.
dialog.addEventListener("close", () => {
  if (settle === null || dialog.open) return;
  if (isBusy()) dialog.showModal();
  else finish(null);
});
// Whoever comes to this screen next does not find what another was about to sign.
document.addEventListener("senim:person", () => settle && leave());
dialog.addEventListener("keydown", (event) => {
  if (event.key !== "F9") return;
  event.preventDefault();
  if (!event.repeat) attempt(form, signNow);
});
