// The counter: what is scanned or typed opens a card; packs take lines of the basket; figures follow what is typed.
// Trusts the server's preview for what is shown; what is signed is read again in the dialog.

import "../page.js";
import { find, say, tell, texts } from "../dom.js";
import { prepareEntryForm, readCommands, showQuestions } from "../entry_form.js";
import { ask, Problem } from "../http.js";
import { listenForScans } from "../scanning/keyboard.js";
import { say as sayDone } from "../told.js";

const box = find("#q");
const card = find("#card");
const LOOK_MS = 200;
const FIELDS = "input:not([type=radio], [type=checkbox]), select, textarea";
const plural = new Intl.PluralRules(texts.lang);
let timer = 0;
let turn = 0;

const basket = () => find("#basket");
const linesOf = (form) => [...form.querySelectorAll(".line")];
const taken = (form) => linesOf(form).filter((line) => !line.hasAttribute("data-off"));
const numberIn = (field) => (/^\d+$/.test(field.value.trim()) ? Number(field.value) : 0);
const unitsOf = (line) => [...line.querySelectorAll(".units")].reduce((sum, field) => sum + numberIn(field), 0);

// ── the box

/** Ask for what `text` means, as if it had been typed. */
function look(text) {
  box.value = text;
  find("#find").requestSubmit();
}

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target?.id !== "card" && !card.contains(ctx.target)) return;
  find("#pack-said").replaceChildren();
  prepareCard();
});

function prepareCard() {
  const form = basket();
  if (form) return prepareBasket(form);
  const first = find(".hits button", card);
  if (first) first.focus();
  else if (find("form", card) === null) toBox();
}

function toBox() {
  box.value = "";
  box.focus();
}

// ── the basket

function prepareBasket(form) {
  if (form.dataset.prepared) return;
  form.dataset.prepared = "";
  box.value = "";
  prepareEntryForm(form, { recorded });
  form.addEventListener("input", ({ target }) => follow(form, target));
  form.addEventListener("change", ({ target }) => target.name === "as-what" && setKind(form));
  form.addEventListener("click", ({ target }) => press(form, target));
  setKind(form);
  for (const line of linesOf(form)) {
    if (line.dataset.again) fillAgain(line, JSON.parse(line.dataset.again));
  }
  find("#papers", form).hidden = find("#collector-identity", form).value !== "seen";
  (taken(form)[0]?.querySelector(".units") ?? find("h2", card)).focus();
}

/** At discharge the lines are another type, and are asked for more. */
function setKind(form) {
  const chosen = find("[name=as-what]:checked", form);
  if (!chosen) return;
  for (const line of linesOf(form)) line.dataset.type = chosen.value;
  find("#discharge .fields", form).hidden = chosen.value !== "dispense.discharge";
  lookAgain(form);
}

function fillAgain(line, lots) {
  for (const item of line.querySelectorAll("[data-item]:has(.units)")) {
    const was = lots.find(({ lot }) => lot === find("[name=lot]", item).value);
    find(".units", item).value = was?.units ?? "";
  }
  take(line);
}

function take(line, lot = null) {
  line.removeAttribute("data-off");
  find(".take", line).hidden = true;
  find(".taken", line).hidden = false;
  const fields = [...line.querySelectorAll(".units")];
  const own = fields.find((field) => find("[name=lot]", field.parentElement).value === lot);
  if (own && !own.value) {
    const wanted = unitsOf(line) || Number(line.dataset.left);
    for (const field of fields) field.value = "";
    own.value = Math.min(wanted, Number(own.parentElement.dataset.units));
  }
  const first = own ?? fields.find(({ value }) => value) ?? fields[0];
  follow(line.closest("form"), first);
  first.focus();
  first.select();
}

function drop(line) {
  line.setAttribute("data-off", "");
  find(".take", line).hidden = false;
  find(".taken", line).hidden = true;
  find(".take-line", line).focus();
  lookAgain(line.closest("form"));
}

function press(form, target) {
  if (target.closest(".take-line")) take(target.closest(".line"));
  if (target.closest(".drop-line")) drop(target.closest(".line"));
  const known = target.closest("[data-collector]");
  if (known) chooseCollector(form, known.dataset.collector, known.dataset.name);
}

/** What was typed changes what stands beside it at once; what the rules say of it follows. */
function follow(form, target) {
  const line = target.closest(".line");
  if (line && !target.matches(".days, .left-before")) setDays(line);
  if (line) sayLine(line);
  if (target.id === "collector-identity") find("#papers", form).hidden = target.value !== "seen";
  if (line) lookAgain(form);
}

/** How many days the units last: the course's own arithmetic, whole days. */
function setDays(line) {
  const perDay = Number(line.dataset.perDay);
  const units = unitsOf(line);
  if (!perDay || !units) return;
  const most = Number(find("#discharge")?.dataset.most) || Infinity;
  const days = Math.max(1, Math.ceil(units / perDay - 1e-9));
  find(".days", line).value = line.dataset.type === "dispense.discharge" ? Math.min(days, most) : days;
}

const sayNumber = (number) => new Intl.NumberFormat(texts.lang === "en" ? "en-GB" : "ru").format(number);

function sayUnits(line, n) {
  const forms = JSON.parse(line.dataset.forms);
  return (forms[plural.select(n)] ?? forms.other).replace("{n}", sayNumber(n));
}

/** `2 × 10 = 20 ampoules = 200 mg`, and what is owed then. */
function sayLine(line) {
  const units = unitsOf(line);
  const { pack, strength, strengthUnit, left } = line.dataset;
  const packs = pack && units % pack === 0 ? `${units / pack} × ${pack} = ` : "";
  const mass = strength ? ` = ${sayNumber(Math.round(units * strength * 1e6) / 1e6)} ${strengthUnit}` : "";
  find(".sum", line).textContent = units ? `${packs}${sayUnits(line, units)}${mass}` : "";
  const rest = find(".rest", line);
  const owed = Math.max(0, left - units);
  rest.textContent = units && owed ? rest.dataset.said.replace("{units}", sayUnits(line, owed)) : "";
}

// ── what the rules say, before anything is signed

function lookAgain(form) {
  clearTimeout(timer);
  timer = setTimeout(() => preview(form), LOOK_MS);
}

async function preview(form) {
  const mine = (turn += 1);
  const lines = taken(form);
  for (const line of linesOf(form)) for (const shift of line.querySelectorAll(".shift")) shift.textContent = "";
  if (lines.length === 0) return showAnswers(form, []);
  const anybody = { kind: "patient", identity: "not_asked" };
  const commands = readCommands(form).map((command) => ({
    ...command,
    body: { ...command.body, collector: { ...anybody, ...command.body.collector } },
  }));
  try {
    const { entries } = await ask("POST", "/api/v1/entries/preview", { commands });
    if (mine === turn && form.isConnected) showAnswers(form, entries, lines);
  } catch (error) {
    if (mine === turn) tell(error, find(".problem", form));
  }
}

function showAnswers(form, entries, lines = []) {
  for (const [n, { effects }] of entries.entries()) {
    for (const { of, lot, before, after } of effects) if (of === "stock") sayShift(lines[n], lot, before, after);
  }
  const refusals = entries.flatMap((entry) => entry.refusals).filter(({ code }) => !isLater(form, code));
  find(".problem", form).replaceChildren();
  if (refusals.length > 0) {
    tell(new Problem(422, { detail: refusals[0].said, advice: refusals[0].advice, refusals }), find(".problem", form));
  }
  const warnings = entries.flatMap((entry) => entry.warnings).map((each) => ({ ...each, kind: "warning" }));
  for (const field of form.querySelectorAll(".warnings [data-code]")) {
    if (!warnings.some(({ code }) => code === field.dataset.code)) field.closest("p").remove();
  }
  showQuestions(form, warnings);
}

/** What is only missing as yet: at discharge the summary's number is typed last. */
const isLater = (form, code) => code === "field_missing" && find("#discharge", form) !== null;

function sayShift(line, lot, before, after) {
  const item = [...line.querySelectorAll("[data-item]:has(.units)")].find((each) => find("[name=lot]", each).value === lot);
  if (item) find(".shift", item).textContent = `${sayNumber(before)} → ${sayUnits(line, after)}`;
}

// Another pharmacist may have taken the last ampoule while the dialog was open.
find("#sign").addEventListener("close", () => basket() && lookAgain(basket()));

// ── who collects

function chooseCollector(form, kind, name = "") {
  find(`[name="body.collector.kind"][value="${kind}"]`, form).checked = true;
  const field = find("#collector-name", form);
  field.value = name;
  find("#collector-identity", form).value = name ? "known" : "not_asked";
  find("#papers", form).hidden = true;
  if (kind === "patient" || name) find("#collector", form).focus();
  else field.focus();
}

// ── keys

document.addEventListener("keydown", (event) => {
  const { target, code } = event;
  if (find("dialog[open]") || event.ctrlKey || event.altKey || event.metaKey) return;
  const form = basket();
  if (event.key === "F4") return mend(event);
  if (event.key === "Escape") return leave(event);
  if (event.key.startsWith("Arrow") && target.closest(".find, .hits")) return goAlong(event);
  if (event.key === "Enter" && form?.contains(target) && target.matches(FIELDS)) return goOn(event, form);
  if (!form || target.matches(FIELDS)) return;
  const kind = form.querySelector(`[name="body.collector.kind"][data-key="${code.replace("Key", "")}"]`);
  const known = form.querySelector(`[data-number="${code.replace(/^(Digit|Numpad)/, "")}"]`);
  if (kind === null && known === null) return;
  event.preventDefault();
  if (kind) chooseCollector(form, kind.value);
  else chooseCollector(form, known.dataset.collector, known.dataset.name);
});

/** Enter never signs. In a quantity it takes it: the next lot that is taken from, else on to who collects. */
function goOn(event, form) {
  event.preventDefault();
  const { target } = event;
  const units = [...(target.closest(".line")?.querySelectorAll(".units") ?? [])];
  const next = units.slice(units.indexOf(target) + 1).find(({ value }) => value);
  const field = target.matches(".units") && next;
  (field || find("#collector", form)).focus();
  if (field) field.select();
}

function mend(event) {
  const link = find("#card #mend-last") ?? find("#mend-last");
  if (!link) return;
  event.preventDefault();
  location.assign(link.href);
}

function leave(event) {
  if (card.childElementCount === 0) return;
  event.preventDefault();
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

listenForScans((thing) => {
  if (thing.kind === "pack") return scanPack(thing);
  if (thing.kind === "head") return thing.seq !== undefined && location.assign(`/entries/${thing.seq}`);
  if (document.activeElement?.matches("#basket input") && thing.kind === "text") return false;
  look(thing.kind === "iin" ? thing.iin : thing.text);
});

function scanPack({ gtin, lot }) {
  const form = basket();
  const lines = form ? linesOf(form).filter(({ dataset }) => dataset.gtins.split(" ").includes(gtin)) : [];
  const line = lines.find((each) => each.hasAttribute("data-off") && find(".take", each)) ?? lines.find((each) => find(".take", each));
  if (line) return take(line, lot);
  if (!form) return look(gtin);
  const pack = find("#pack");
  pack.elements.gtin.value = gtin;
  pack.elements.patient.value = find("[data-patient]", card)?.dataset.patient ?? "";
  pack.elements.place.value = find("[name=place]").value;
  pack.requestSubmit();
}

// ── afterwards

function recorded(receipts) {
  const seqs = receipts.map(({ seq }) => seq);
  sayDone(say("recorded_now", { seq: seqs.join(", ") }));
  const form = find("#done");
  form.elements.seqs.value = seqs.join(",");
  form.requestSubmit();
  toBox();
}

document.addEventListener("click", ({ target }) => {
  if (!target.closest(".print")) return;
  const title = document.title;
  document.title = `senim-${find("#done").elements.seqs.value.replaceAll(",", "-")}`; // becomes a file's name
  print();
  document.title = title;
});

prepareCard();
