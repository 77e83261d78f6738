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
/** What a line of the server's is about, as it came: not where its own script fills that in (`data-pour`). */
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
  document.addEventListener("htmx:after:swap", () => {
    waiting.forEach((values, form) => fill(form, values));
    if (place) bringBackHere();
  });
  document.addEventListener("senim:person", bringBack);
  await bringBack();
}

/** The person who is here now finds what they left at this address. */
async function bringBack(change) {
  const { slot, key } = document.body.dataset;
  waiting.clear();
  for (const form of document.querySelectorAll(WRITTEN)) {
    met.delete(form);
    if (change) begun.delete(form); // by whoever was here before
  }
  place = null; // until then nothing is kept: never one person's words at another's place
  const opened = await openKept({ slot, key });
  const found = await opened.read();
  if (document.body.dataset.slot !== slot) return;
  place = opened;
  known = found ?? {};
  bringBackHere();
}

/** Into the forms that were not here before: some come only with a part of the page. */
function bringBackHere() {
  for (const form of [...document.querySelectorAll(WRITTEN)].filter((each) => !met.has(each))) {
    met.add(form);
    const kept = known[form.dataset.draft];
    fieldsOf(form).forEach(keyOf);
    if (begun.has(form)) note(form); // typed before this was ready
    else if (kept && Date.now() - kept.at < DAY) restore(form, kept);
  }
}

function noteLater(target) {
  const form = target.closest(WRITTEN);
  if (form && !isFilling) setTimeout(note, 0, form); // after what else hears of it
}

function note(form) {
  if (place === null) return;
  if (!fieldsOf(form).some(isChanged)) return forget(form);
  const ids = scopesOf(form).map(({ dataset }) => dataset.id ?? null);
  const values = fieldsOf(form).map((field) => [keyOf(field), read(field)]);
  known[form.dataset.draft] = { at: Date.now(), ids, lines: listsOf(form).map((list) => linesOf(list).length), values };
  place.write(known);
}

function forget(form) {
  delete known[form.dataset.draft];
  return Object.keys(known).length > 0 ? place?.write(known) : place?.forget();
}

/** What somebody writes: not what a page says of itself, nor answers to what was asked (it is asked again). */
function fieldsOf(form) {
  const isWritten = ({ name, id, type }) => (name || id) && !["password", "file", "submit", "button", "fieldset"].includes(type);
  const isOwn = (field) => (field.type !== "hidden" || field.closest(".rows")) && !field.closest(".warnings");
  return [...form.elements].filter((field) => isWritten(field) && isOwn(field));
}

/** A field by what its line is about, where the server wrote the line, so that no figure comes to stand at another. */
function keyOf(field) {
  if (field.closest(".rows")) return JSON.stringify([field.name, isTick(field) ? field.value : ""]);
  const scope = field.closest("[data-item]:not([data-pour]), [data-type]:not(form)");
  if (scope && !about.has(scope)) about.set(scope, [...scope.querySelectorAll("[type=hidden]")].map(({ value }) => value));
  return JSON.stringify([about.get(scope), field.id || field.name, isTick(field) ? field.value : ""]);
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
  for (const [n, { dataset }] of scopesOf(form).entries()) if (ids[n]) dataset.id = ids[n];
  if (fill(form, values)) {
    form.prepend(lineOf(form, at));
    form.closest("details")?.toggleAttribute("open", true);
  }
  focused?.focus();
}

/** Whether any field took one of `values`. What is shown may depend on a field, so it is told of it. */
function fill(form, values) {
  const left = [...values];
  const filled = fieldsOf(form).filter((field) => {
    const n = left.findIndex(([key]) => key === keyOf(field));
    if (n < 0) return false;
    const [[, value]] = left.splice(n, 1);
    return put(field, value);
  });
  waiting.delete(form);
  if (left.length > 0) waiting.set(form, left);
  isFilling = true;
  for (const field of filled.filter(({ type }) => type !== "hidden")) {
    for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
  }
  isFilling = false;
  return filled.length > 0;
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
