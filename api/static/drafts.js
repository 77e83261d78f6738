// What is being written outlives a reload, Back, another page or language and a closed tab: as ciphertext on this device,
// whose key comes with this address to this person alone (kept.js), until it is recorded, given up or a day old.
// Trusts nothing: what comes back is read and signed like what is typed, under the number it had.

import { make, say, texts } from "./dom.js";
import { newUuid } from "./http.js";
import { openKept } from "./kept.js";
import { addRow } from "./rows.js";
import { dayOf, sayMoment } from "./times.js";

const DAY = 86_400_000;
const WRITTEN = "form[data-draft]";
const isTick = ({ type }) => ["checkbox", "radio"].includes(type);
const listsOf = (form) => [...form.querySelectorAll(".rows")];
const linesOf = (list) => [...list.querySelectorAll(":scope > [data-item]:not([data-given])")];
/** Of a line that somebody may add or take away: not of one that the server wrote into the same list (`data-given`). */
const isAdded = (field) => field.closest(".rows") !== null && field.closest("[data-given]") === null;
const scopesOf = (form) => [form, ...form.querySelectorAll("[data-type]")];
const SCOPE = "[data-item]:not([data-pour]), [data-type]:not(form)";
/** What a line or command of the server's is about, as it came: not where its own script fills that in (`data-pour`). */
const about = new WeakMap();
const met = new WeakSet();
/** What no part of a form took yet: some come only when the server has sent them. */
const waiting = new Map();
/** Which version of a draft stands here, by when it was written: another tab may have gone on with one of its own. */
const mine = new Map();
/** Forms in which whoever is here typed since they came: a browser fills some in by itself. */
let begun;
let place = null;
let isFilling = false;

/** Keep what is written, in `typed` forms what stands there already. */
export async function keepDrafts(typed) {
  begun = typed;
  for (const type of ["input", "change", "submit"]) document.addEventListener(type, ({ target }) => noteLater(target));
  document.addEventListener("click", ({ target }) => target.closest(".drop-row, .add-row") && noteLater(target));
  document.addEventListener("recorded", ({ target, detail }) => target.matches(WRITTEN) && detail.push(end(target)));
  document.addEventListener("senim:given-up", ({ detail }) => giveUp(detail));
  document.addEventListener("htmx:after:swap", () => {
    for (const [form, kept] of [...waiting]) fill(form, kept);
    if (place) bringBackHere();
  });
  document.addEventListener("senim:person", () => {
    for (const form of document.querySelectorAll(WRITTEN)) begun.delete(form);
    bringBack();
  });
  await bringBack();
}

/** The person who is here now finds what they left at this address. */
async function bringBack() {
  const { slot, key } = document.body.dataset;
  waiting.clear();
  mine.clear();
  for (const form of document.querySelectorAll(WRITTEN)) met.delete(form);
  place = null; // until then nothing is kept: never one person's words at another's place
  const opened = await openKept({ slot, key });
  if (document.body.dataset.slot !== slot) return;
  place = opened;
  const kept = await bringBackHere();
  document.dispatchEvent(new CustomEvent("senim:drafts", { detail: kept.map(({ name }) => name) }));
}

/** Into the forms that were not here before: some come only with a part of the page. All that is kept, the newest last. */
async function bringBackHere() {
  const from = place;
  const fresh = [...document.querySelectorAll(WRITTEN)].filter((form) => !met.has(form));
  fresh.forEach((form) => [...fieldsOf(form), ...scopesOf(form)].forEach(aboutOf));
  fresh.forEach((form) => met.add(form));
  const kept = ofToday(await from.read());
  if (place !== from) return [];
  for (const form of fresh) {
    const versions = kept.filter(({ name }) => name === form.dataset.draft);
    if (begun.has(form)) note(form); // typed before this was ready
    else if (versions.length > 0) restore(form, versions);
  }
  return kept;
}

function noteLater(target) {
  const form = target.closest(WRITTEN);
  if (form && !isFilling) setTimeout(note, 0, form); // after what else hears of it
}

function note(form) {
  if (place === null) return;
  const name = form.dataset.draft;
  if (!fieldsOf(form).some(isChanged)) return mine.has(name) && giveUp(name);
  const ids = scopesOf(form).map((scope) => [aboutOf(scope), (scope.dataset.id ??= newUuid())]); // in every tab the same
  const values = fieldsOf(form).map((field) => [keyOf(field), read(field)]);
  const lines = listsOf(form).map((list) => linesOf(list).length);
  const draft = { name, at: Date.now(), ids, lines, values };
  putLast(draft, mine.get(name));
  mine.set(name, draft.at);
}

/** `draft` instead of the version of `before`, which is the newest then. */
const putLast = (draft, before) =>
  place.change((kept) => [...ofToday(kept).filter(({ name, at }) => name !== draft.name || at !== before), draft]);

const ofToday = (kept) => (kept ?? []).filter(({ at }) => Date.now() - at < DAY);

/** The version that stands here; where none does, all of that name. */
function giveUp(name) {
  const at = mine.get(name);
  mine.delete(name);
  return drop((each) => each.name === name && (at ?? each.at) === each.at);
}

/** What was recorded is not offered any more, in any tab's version. */
function end(form) {
  const ids = scopesOf(form).map(({ dataset }) => dataset.id);
  const [own, at] = [form.dataset.draft, mine.get(form.dataset.draft)];
  mine.delete(own);
  return drop((each) => (each.name === own && each.at === at) || each.ids.some(([, id]) => ids.includes(id)));
}

function drop(isOver) {
  return place?.change((kept) => {
    const left = ofToday(kept).filter((each) => !isOver(each));
    return left.length > 0 ? left : null;
  });
}

/** What somebody writes: not what a page says of itself, nor answers to what was asked (it is asked again). */
function fieldsOf(form) {
  const isWritten = ({ name, id, type }) => (name || id) && !["password", "file", "submit", "button", "fieldset"].includes(type);
  const isOwn = (field) => (field.type !== "hidden" || (isAdded(field) && !field.closest("[data-pour]"))) && !field.closest(".warnings");
  return [...form.elements].filter((field) => isWritten(field) && isOwn(field));
}

/** A field by what its line is about, where the server wrote the line, so that no figure comes to stand at another. */
function keyOf(field) {
  const value = isTick(field) ? field.value : "";
  if (isAdded(field)) return JSON.stringify([field.name, value]);
  const line = aboutOf(field);
  const own = ["", "[]"].includes(line) ? field.id || field.name : field.name || field.id; // an id may count the lines
  return JSON.stringify([line, own, value]);
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

/** Whether a field says something else than when it came. */
function isChanged(field) {
  if (isTick(field)) return field.checked !== field.defaultChecked;
  if (!field.matches("select")) return field.matches("input, textarea") && field.value !== field.defaultValue;
  const first = [...field.options].find(({ defaultSelected }) => defaultSelected) ?? field.options[0];
  return field.selectedOptions[0] !== first;
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

/** The newest of `versions` comes back. */
function restore(form, versions) {
  const { at, lines, ...kept } = versions.at(-1);
  const focused = document.activeElement;
  mine.set(form.dataset.draft, at);
  for (const [n, list] of listsOf(form).entries()) {
    while (linesOf(list).length < lines[n]) addRow(list);
    for (const line of linesOf(list).slice(lines[n])) line.remove();
  }
  if (fill(form, kept)) form.prepend(lineOf(versions));
  if (document.activeElement === focused) return;
  document.activeElement.blur();
  focused.focus();
}

/** Whether any field took one of the values. What is shown may depend on a field, so it is told of it. */
function fill(form, kept) {
  const [ids, values] = [[...kept.ids], [...kept.values]];
  for (const scope of scopesOf(form)) {
    const id = takeFrom(ids, aboutOf(scope));
    if (id) scope.dataset.id = id;
  }
  const meant = fieldsOf(form).map((field) => [field, takeFrom(values, keyOf(field))]);
  const found = meant.filter(([, value]) => value !== undefined);
  let isFilled = false;
  waiting.delete(form);
  if (ids.length + values.length > 0) waiting.set(form, { ids, values });
  isFilling = true;
  // Twice: what a field's own script makes of others was typed over then, too.
  for (const [field, value] of [...found, ...found]) {
    if (!put(field, value)) continue;
    isFilled = true;
    for (let part = field.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
    if (field.type === "hidden") continue;
    for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
  }
  isFilling = false;
  return isFilled;
}

function lineOf(versions) {
  const [newest, ...others] = versions.toReversed();
  const buttons = others.map((other) => buttonOf(say("draft_other", { at: sayAt(other) }), () => putLast(other, other.at)));
  buttons.push(buttonOf(say("draft_discard"), () => giveUp(newest.name)));
  const said = say("draft_of", { at: sayAt(newest) });
  return make("p", { className: "notice row draft", role: "status" }, make("span", {}, said), ...buttons);
}

function buttonOf(said, act) {
  const button = make("button", { type: "button" }, said);
  button.addEventListener("click", async () => {
    await act();
    location.reload();
  });
  return button;
}

function sayAt({ at }) {
  const told = sayMoment(new Date(at).toISOString(), texts.lang, texts.zone);
  const isToday = dayOf(new Date(at), texts.zone) === dayOf(new Date(), texts.zone);
  return isToday ? told.split(", ").at(-1) : told;
}
