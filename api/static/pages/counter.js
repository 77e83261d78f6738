// The counter: what is scanned or typed opens a card; packs take lines of its basket; what was recorded is printed.

import "../page.js";
import { find, make, say } from "../dom.js";
import { prepareEntryForm } from "../entry_form.js";
import { isIin, readCode } from "../scanning/gs1.js";
import { listenForScans } from "../scanning/keyboard.js";
import { flash, say as sayDone } from "../told.js";

const box = find("#q");
const card = find("#card");
const again = find("#again");
/** The request whose answer will be the card: whatever was asked for before it is not shown any more. */
let asked = null;
let prepared = null;
/** The draft whose part of the page was asked for. */
let left = null;
/** Packs that were scanned while the card was still on its way. */
const early = [];
let loaded = null;

const basket = () => find("#basket");

/** The basket comes while the server looks for the first card. */
const load = async () => (loaded ??= await import("./counter_basket.js"));

// ── the box

/** Ask for what `text` means, as if it had been typed. */
function look(text) {
  box.value = text;
  find("#find").requestSubmit();
}

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (!isForCard(ctx)) return;
  asked = ctx;
  load().catch(() => {}); // told when it is needed
});
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  if (isForCard(ctx) && ctx !== asked) event.preventDefault();
});
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx !== asked) return;
  find("#pack-said").replaceChildren();
  prepared = prepareCard();
});
document.addEventListener("htmx:finally:request", async ({ detail: { ctx } }) => {
  if (ctx !== asked) return;
  await prepared;
  if (ctx !== asked) return;
  asked = null;
  if (ctx.sourceElement === again) goOnFromBox();
  for (const thing of early.splice(0)) if (basket()) scanPack(thing);
});

const isForCard = ({ sourceElement }) => sourceElement.getAttribute("hx-target") === "#card";

async function prepareCard() {
  const form = basket();
  if (form) {
    box.value = "";
    const { prepareBasket } = await load();
    return prepareBasket(form, recorded);
  }
  for (const other of card.querySelectorAll("form.entry")) prepareEntryForm(other, { recorded: goToCard });
  const iin = find("[name='body.identity.iin']", card);
  if (iin?.value) follow(iin);
  const first = find(".hits button", card) ?? find("form.entry input:not([type=hidden])", card);
  if (first) first.focus();
  else if (find("form", card) === null) toBox();
}

function toBox() {
  box.value = "";
  box.focus();
}

// ── a signing password that is typed before it is asked for

/** After F9, until somebody looks up, letters are no search and choose nothing anew: they may be a password. */
const isBlind = () => find("[data-blind]", card) !== null;
const lookUp = () => find("[data-blind]", card)?.removeAttribute("data-blind");
const OURS = /^rx-/i;

document.addEventListener("keydown", ({ key }) => {
  if (key === "F9") find("form.entry", card)?.setAttribute("data-blind", "");
  if (key === "Tab" || key === "Escape") lookUp();
});
document.addEventListener("pointerdown", lookUp);
document.addEventListener("recorded", lookUp);
box.addEventListener("beforeinput", (event) => isBlind() && event.preventDefault());

// ── keys

document.addEventListener("keydown", (event) => {
  if (find("dialog[open]") || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "F4") mend(event);
  if (event.key === "Escape") leave(event);
  if (event.key.startsWith("Arrow") && event.target.closest(".find, .hits")) goAlong(event);
});

function mend(event) {
  const link = find("#card [data-mend]") ?? find("[data-mend]");
  if (!link) return;
  event.preventDefault();
  location.assign(link.href);
}

function leave(event) {
  if (card.childElementCount === 0) return;
  event.preventDefault();
  for (const form of card.querySelectorAll("[data-draft]")) giveUp(form.dataset.draft);
  card.replaceChildren();
  find("#pack-said").replaceChildren();
  toBox();
}

function goAlong(event) {
  const buttons = [...card.querySelectorAll(".hits button")];
  if (buttons.length === 0 || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  const at = buttons.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1);
  (buttons[at] ?? (at < 0 ? box : buttons.at(-1))).focus();
}

// ── scans

listenForScans(hear);
find(".by-camera").addEventListener("click", async () => {
  const { scanWithCamera } = await import("../scanning/camera.js");
  const thing = await scanWithCamera();
  if (thing) hear(thing);
});

/** A pack whose code was typed or pasted is taken as if it had been scanned. */
find("#find").addEventListener("submit", (event) => {
  const thing = readCode(box.value);
  if (thing.kind !== "pack" || (!basket() && box.value === thing.gtin)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  hear(thing);
}, true); // prettier-ignore

function hear(thing) {
  if (document.activeElement?.matches("#basket input") && thing.kind === "text") return false;
  if (thing.kind === "text" && isBlind() && !OURS.test(thing.text)) return;
  lookUp();
  if (thing.kind === "pack") return scanPack(thing);
  if (thing.kind === "head") return thing.seq !== undefined && location.assign(`/entries/${thing.seq}`);
  look(thing.kind === "iin" ? thing.iin : thing.text);
}

function scanPack(thing) {
  if (asked) return early.push(thing);
  const { gtin, lot } = thing;
  const form = basket();
  if (form) box.value = "";
  const line = form && loaded.findLine(form, gtin);
  if (line) return loaded.take(line, lot);
  if (!form) return look(gtin);
  const pack = find("#pack");
  pack.elements.gtin.value = gtin;
  pack.elements.patient.value = find("[data-patient]", card)?.dataset.patient ?? "";
  pack.elements.place.value = find("[name=place]").value;
  pack.requestSubmit();
}

// ── a patient's number

card.addEventListener("change", ({ target }) => target.name === "body.identity.iin" && follow(target));

/** A wrong digit is told before anything is signed; the day of birth follows from a right one. */
function follow(field) {
  const iin = field.value.trim();
  const isWrong = iin !== "" && !isIin(iin);
  const { form } = field;
  if (isWrong) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  find(".problem", form).replaceChildren(...(isWrong ? [make("p", {}, form.dataset.wrongIin)] : []));
  const born = find("[name='body.identity.born_on'][required]", form);
  if (isWrong || !iin || !born || born.value) return;
  const [year, month, day] = iin.match(/\d\d/g);
  born.value = `${17 + Math.ceil(iin[6] / 2)}${year}-${month}-${day}`;
  born.dispatchEvent(new Event("input", { bubbles: true }));
}

// ── a prescription from paper

/** A dose is written in the unit of the strength and taken as the form is, until the paper says otherwise. */
card.addEventListener("input", ({ target }) => {
  if (target.name !== "body.product") return;
  const { unit, route } = target.selectedOptions[0].dataset;
  for (const [name, value] of Object.entries({ "single_dose.unit": unit, route })) {
    const field = find(`[name="body.${name}"]`, target.form);
    if (find(`option[value="${CSS.escape(value ?? "")}"]`, field)) field.value = value;
  }
});

// ── what was left half filled: its part of the page comes again, as it is now, and the draft into it

document.addEventListener("senim:drafts", ({ detail: names }) => {
  if (names.length === 0 || asked || card.childElementCount > 0 || box.value) return;
  left = names.at(-1);
  const [part, patient = "", place = ""] = left.split(" ");
  again.setAttribute("hx-post", `/counter/${part}`);
  [again.elements.patient.value, again.elements.place.value] = [patient, place];
  again.requestSubmit();
});

/** Whoever comes next is scanned into the box. What nothing can be supplied of any more is no draft. */
function goOnFromBox() {
  if (find(".patient", card) && !basket()) giveUp(left);
  box.focus();
}

const giveUp = (name) => document.dispatchEvent(new CustomEvent("senim:given-up", { detail: name }));

// ── afterwards

/** Who was registered or corrected is shown as they are now. */
function goToCard(receipts) {
  flash(say("recorded_now", { seq: receipts.map(({ seq }) => seq).join(", ") }));
  location.assign(`/counter?entry=${receipts[0].seq}`);
}

function recorded(receipts) {
  const seqs = receipts.map(({ seq }) => seq);
  sayDone(say("recorded_now", { seq: seqs.join(", ") }));
  const form = find("#done");
  form.elements.seqs.value = seqs.join(",");
  form.requestSubmit();
  find("aside [data-mend]")?.remove(); // what is mended now is what was just recorded
  toBox();
}

document.addEventListener("click", ({ target }) => {
  if (!target.closest(".print")) return;
  const title = document.title;
  document.title = `senim-${find("#done").elements.seqs.value.replaceAll(",", "-")}`; // becomes a file's name
  print();
  document.title = title;
});

prepared = prepareCard();
