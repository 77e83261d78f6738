// What is being written outlives a reload, Back, another page or language and a closed tab: as ciphertext on this device,
// whose key comes with this address to this person alone (kept.js), until it is recorded, given up or a day old.
// Trusts nothing: what comes back is read and signed like what is typed, under the number it had.

import { find, make, say, texts } from "./dom.js";
import { openKept } from "./kept.js";
import { begun, isChanged } from "./leaving.js";
import { addRow } from "./rows.js";
import { dayOf, sayMoment } from "./times.js";

const DAY = 86_400_000;
const WRITTEN = "form[data-draft]:not([data-slot])"; // a return has a place of its own
const isTick = ({ type }) => ["checkbox", "radio"].includes(type);
const listsOf = (form) => [...form.querySelectorAll(".rows")];
const linesOf = (list) => [...list.querySelectorAll(":scope > [data-item]")];
const scopesOf = (form) => [form, ...form.querySelectorAll("[data-type]")];
const SCOPE = "[data-item]:not([data-pour]), [data-type]:not(form)";
/** What a line or command of the server's is about, as it came: not where its own script fills that in (`data-pour`). */
const about = new WeakMap();
const met = new WeakSet();
/** Values that no field took yet: some come only when the server has sent their part of the form. */
const waiting = new Map();
let place = null;
let known = {};
let isFilling = false;

export async function keepDrafts() {
  for (const type of ["input", "change", "submit"]) document.addEventListener(type, ({ target }) => noteLater(target));
  document.addEventListener("click", ({ target }) => target.closest(".drop-row, .add-row") && noteLater(target));
  document.addEventListener("recorded", ({ target, detail }) => target.matches(WRITTEN) && detail.push(forget(target)));
  document.addEventListener("senim:given-up", ({ detail }) => giveUp(detail));
  document.addEventListener("htmx:after:swap", () => {
    for (const [form, values] of [...waiting]) fill(form, values);
    if (place) bringBackHere();
  });
  document.addEventListener("senim:person", bringBack);
  await bringBack();
}

/** The person who is here now finds what they left at this address. */
async function bringBack() {
  const { slot, key } = document.body.dataset;
  waiting.clear();
  for (const form of document.querySelectorAll(WRITTEN)) met.delete(form);
  place = null; // until then nothing is kept: never one person's words at another's place
  const opened = await openKept({ slot, key });
  const found = Object.entries((await opened.read()) ?? {});
  if (document.body.dataset.slot !== slot) return;
  place = opened;
  known = Object.fromEntries(found.filter(([, { at }]) => Date.now() - at < DAY));
  bringBackHere();
  document.dispatchEvent(new CustomEvent("senim:drafts", { detail: known }));
}

/** Into the forms that were not here before: some come only with a part of the page. */
function bringBackHere() {
  for (const form of [...document.querySelectorAll(WRITTEN)].filter((each) => !met.has(each))) {
    met.add(form);
    const kept = known[form.dataset.draft];
    [...fieldsOf(form), ...scopesOf(form)].forEach(aboutOf);
    if (begun.has(form)) note(form); // typed before this was ready
    else if (kept) restore(form, kept);
  }
}

function noteLater(target) {
  const form = target.closest(WRITTEN);
  if (form && !isFilling) setTimeout(note, 0, form); // after what else hears of it
}

function note(form) {
  if (place === null) return;
  if (!fieldsOf(form).some(isChanged)) return forget(form);
  const ids = scopesOf(form).map((scope) => [aboutOf(scope), scope.dataset.id]);
  const values = fieldsOf(form).map((field) => [keyOf(field), read(field)]);
  known[form.dataset.draft] = { at: Date.now(), ids, lines: listsOf(form).map((list) => linesOf(list).length), values };
  place.write(known);
}

const forget = (form) => giveUp(form.dataset.draft);

function giveUp(name) {
  delete known[name];
  return Object.keys(known).length > 0 ? place?.write(known) : place?.forget();
}

/** What somebody writes: not what a page says of itself, nor answers to what was asked (it is asked again). */
function fieldsOf(form) {
  const isWritten = ({ name, id, type }) => (name || id) && !["password", "file", "submit", "button", "fieldset"].includes(type);
  const isOwn = (field) => (field.type !== "hidden" || field.matches(".rows *:not([data-pour] *)")) && !field.closest(".warnings");
  return [...form.elements].filter((field) => isWritten(field) && isOwn(field));
}

/** A field by what its line is about, where the server wrote the line, so that no figure comes to stand at another. */
function keyOf(field) {
  if (field.closest(".rows")) return JSON.stringify([field.name, isTick(field) ? field.value : ""]);
  return JSON.stringify([aboutOf(field), field.id || field.name, isTick(field) ? field.value : ""]);
}

function aboutOf(element) {
  const scope = element.closest(SCOPE);
  if (scope === null) return "";
  if (!about.has(scope)) {
    const own = [...scope.querySelectorAll("[type=hidden]:not([data-pour] *)")].filter((each) => each.closest(SCOPE) === scope);
    about.set(scope, JSON.stringify(own.map(({ value }) => value)));
  }
  return about.get(scope);
}

/** The first of `pairs` that is under `key`, out of them. */
function takeFrom(pairs, key) {
  const n = pairs.findIndex(([each]) => each === key);
  return n < 0 ? undefined : pairs.splice(n, 1)[0][1];
}

/** What a field says. An option also by its words: two packs of one lot number differ in them alone. */
function read(field) {
  if (isTick(field)) return field.checked;
  return field.matches("select") ? [field.value, field.selectedOptions[0]?.textContent.trim() ?? ""] : field.value;
}

/** Whether the field said something else before. */
function put(field, value) {
  if (JSON.stringify(read(field)) === JSON.stringify(value)) return false;
  if (!field.matches("select")) {
    field[isTick(field) ? "checked" : "value"] = value;
    return true;
  }
  const options = [...field.options].filter((option) => option.value === value[0]);
  const option = options.find(({ textContent }) => textContent.trim() === value[1]) ?? (options.length === 1 && options[0]);
  if (!option || option.selected) return false;
  option.selected = true;
  return true;
}

function restore(form, { at, ids, lines, values }) {
  const focused = document.activeElement;
  for (const [n, list] of listsOf(form).entries()) {
    while (linesOf(list).length < lines[n]) addRow(list);
    for (const line of linesOf(list).slice(lines[n])) line.remove();
  }
  const left = [...ids];
  for (const scope of scopesOf(form)) {
    const id = takeFrom(left, aboutOf(scope));
    if (id) scope.dataset.id = id;
  }
  if (fill(form, values)) {
    form.prepend(lineOf(form, at));
    form.closest("details")?.toggleAttribute("open", true);
  }
  focused?.focus();
}

/** Whether any field took one of `values`. What is shown may depend on a field, so it is told of it. */
function fill(form, values) {
  const left = [...values];
  const meant = fieldsOf(form).map((field) => [field, takeFrom(left, keyOf(field))]);
  const found = meant.filter(([, value]) => value !== undefined);
  let isFilled = false;
  waiting.delete(form);
  if (left.length > 0) waiting.set(form, left);
  isFilling = true;
  // Twice: what a field's own script makes of others was typed over then, too.
  for (const [field, value] of [...found, ...found]) {
    if (!put(field, value)) continue;
    isFilled = true;
    if (field.type === "hidden") continue;
    for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
  }
  isFilling = false;
  return isFilled;
}

function lineOf(form, at) {
  const time = new Date(at).toISOString();
  const told = sayMoment(time, texts.lang, texts.zone);
  const isToday = dayOf(new Date(at), texts.zone) === dayOf(new Date(), texts.zone);
  const button = make("button", { type: "button" }, say("draft_discard"));
  button.addEventListener("click", async () => {
    await forget(form);
    location.reload();
  });
  const said = say("draft_of", { at: isToday ? told.split(", ").at(-1) : told });
  return make("p", { className: "notice row draft", role: "status" }, make("span", {}, said), button);
}
