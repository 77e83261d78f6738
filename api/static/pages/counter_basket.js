// The basket of one patient: packs take its lines, figures follow what is typed, the rules are asked before anything is
// signed, one key says who collects. Loaded with the first card. Trusts the server's preview for what is shown; what is
// signed is read again in the dialog.

import { find, tell, texts } from "../dom.js";
import { nameFields, prepareEntryForm, readCommands, showQuestions } from "../entry_form.js";
import { Refused } from "../encoding.js";
import { ask, Problem } from "../http.js";

const LOOK_MS = 200;
const FIELDS = "input:not([type=radio], [type=checkbox]), select, textarea";
const plural = new Intl.PluralRules(texts.lang);
let timer = 0;
let turn = 0;

const linesOf = (form) => [...form.querySelectorAll(".line")];
const canTake = (line) => find(".in", line) !== null;
const taken = (form) => linesOf(form).filter((line) => !line.hasAttribute("data-off"));
const numberIn = (field) => (/^\d+$/.test(field.value.trim()) ? Number(field.value) : 0);
const unitsOf = (line) => [...line.querySelectorAll(".units")].reduce((sum, field) => sum + numberIn(field), 0);

const withBasket = (act) => (event) => find("#basket") && act(find("#basket"), event);
document.addEventListener("keydown", withBasket(press));
// Another pharmacist may have taken the last ampoule while the dialog was open.
find("#sign").addEventListener("close", withBasket(lookAgain));

/** Let `form` be filled in and signed; `recorded(receipts)` follows. */
export function prepareBasket(form, recorded) {
  prepareEntryForm(form, { recorded, commands: readTaken });
  form.addEventListener("submit", () => forget(form)); // what is told of signing is not overwritten
  form.addEventListener("input", ({ target }) => follow(form, target));
  form.addEventListener("change", ({ target }) => target.name === "as-what" && setKind(form));
  form.addEventListener("click", ({ target }) => choose(form, target));
  setKind(form);
  for (const line of linesOf(form).filter(canTake)) {
    if (line.dataset.again) fillAgain(line, JSON.parse(line.dataset.again));
    show(line);
  }
  lookAgain(form);
  find("#papers", form).hidden = find("#collector-identity", form).value !== "seen";
  (taken(form)[0]?.querySelector(".units") ?? find(".patient h2")).focus();
}

function readTaken(form) {
  if (taken(form).length === 0) throw new Refused("nothing_taken");
  return readCommands(form);
}

/** At discharge the lines are another type, and are asked for more. */
function setKind(form) {
  const chosen = find("[name=as-what]:checked", form);
  if (!chosen) return;
  for (const line of linesOf(form)) line.dataset.type = chosen.value;
  const asked = find("#discharge .fields", form);
  asked.hidden = chosen.value !== "dispense.discharge";
  for (const field of asked.querySelectorAll("input, select")) field.disabled = asked.hidden;
  for (const line of taken(form)) setDays(line);
  lookAgain(form);
}

function fillAgain(line, lots) {
  for (const item of line.querySelectorAll("[data-item]:has(.units)")) {
    const was = lots.find(({ lot }) => lot === find("[name=lot]", item).value);
    find(".units", item).value = was?.units ?? "";
  }
  find(".in", line).checked = true;
  setDays(line);
}

/** The line of `form` that a scanned pack belongs to, the first that is not taken yet; null where there is none. */
export function findLine(form, gtin) {
  const lines = linesOf(form).filter((line) => line.dataset.gtins.split(" ").includes(gtin) && canTake(line));
  return lines.find((line) => line.hasAttribute("data-off")) ?? lines[0] ?? null;
}

/** Put `line` into the basket; of `lot` where the pack says it. */
export function take(line, lot = null) {
  const fields = [...line.querySelectorAll(".units")];
  if (!unitsOf(line)) for (const field of fields) field.value = field.parentElement.dataset.take;
  const own = fields.find((field) => find("[name=lot]", field.parentElement).value === lot);
  if (own && !own.value) {
    const wanted = unitsOf(line) || Number(line.dataset.left);
    for (const field of fields) field.value = "";
    own.value = Math.min(wanted, Number(own.parentElement.dataset.units));
  }
  const first = own ?? fields.find(({ value }) => value) ?? fields[0];
  setIn(line, true);
  first.focus();
  first.select();
}

function drop(line) {
  setIn(line, false);
  find(".take-line", line).focus();
}

/** That a line is in the basket is a field of it, as what is typed there: so a draft keeps it, too. */
function setIn(line, isIn) {
  find(".in", line).checked = isIn;
  changed(find(".in", line));
}

const changed = (element) => element.dispatchEvent(new Event("input", { bubbles: true }));

function show(line) {
  const isIn = find(".in", line).checked;
  line.toggleAttribute("data-off", !isIn);
  find(".take", line).hidden = isIn;
  find(".taken", line).hidden = !isIn;
  sayLine(line);
}

function choose(form, target) {
  if (target.closest(".take-line")) take(target.closest(".line"));
  if (target.closest(".drop-line")) drop(target.closest(".line"));
  const known = target.closest("[data-collector]");
  if (known) chooseCollector(form, known.dataset.collector, known.dataset.name);
}

/** What was typed changes what stands beside it at once; what the rules say of it follows. */
function follow(form, target) {
  const line = target.closest(".line");
  if (line && !target.matches(".days, .left-before")) setDays(line);
  if (line) show(line);
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

/** Whatever was asked before is shown no more; the turn of who asks now. */
function forget(form) {
  clearTimeout(timer);
  for (const shift of form.querySelectorAll(".shift")) shift.textContent = "";
  return (turn += 1);
}

async function preview(form) {
  const mine = forget(form);
  const lines = taken(form);
  if (lines.length === 0) return showAnswers(form, []);
  const commands = readCommands(form).map((command) => ({ ...command, body: withWhatComesLater(command) }));
  try {
    const { entries } = await ask("POST", "/api/v1/entries/preview", { commands });
    const refusals = entries.flatMap((entry, command) => entry.refusals.map((each) => ({ ...each, command })));
    const said = { detail: refusals[0]?.said, advice: refusals[0]?.advice, refusals };
    const problem = await nameFields(form, new Problem(422, said));
    if (mine === turn && form.isConnected) showAnswers(form, entries, lines, problem);
  } catch (error) {
    if (mine === turn) tell(error, find(".problem", form));
  }
}

/** Who collects, and what a discharge is asked for, is typed last; the figures do not wait for it. */
function withWhatComesLater({ type, body }) {
  const later = type === "dispense.discharge" ? { discharge_summary_no: "-", decided_by: "-" } : {};
  return { ...later, ...body, collector: { kind: "patient", identity: "not_asked", ...body.collector } };
}

function showAnswers(form, entries, lines = [], problem = null) {
  for (const [n, { effects }] of entries.entries()) {
    for (const { of, lot, before, after } of effects) if (of === "stock") sayShift(lines[n], lot, before, after);
  }
  find(".problem", form).replaceChildren();
  if (problem?.refusals.length > 0) tell(problem, find(".problem", form));
  const warnings = entries.flatMap((entry) => entry.warnings).map((each) => ({ ...each, kind: "warning" }));
  for (const field of form.querySelectorAll(".warnings [data-code]")) {
    if (!warnings.some(({ code }) => code === field.dataset.code)) field.closest("p").remove();
  }
  showQuestions(form, warnings);
}

function sayShift(line, lot, before, after) {
  const item = [...line.querySelectorAll("[data-item]:has(.units)")].find((each) => find("[name=lot]", each).value === lot);
  if (item) find(".shift", item).textContent = `${sayNumber(before)} → ${sayUnits(line, after)}`;
}

// ── who collects

function chooseCollector(form, kind, name = "", isBlind = false) {
  const chosen = find(`[name="body.collector.kind"][value="${kind}"]`, form);
  chosen.checked = true;
  const field = find("#collector-name", form);
  field.value = name;
  find("#collector-identity", form).value = name ? "known" : "not_asked";
  find("#papers", form).hidden = true;
  changed(chosen);
  if (kind === "patient" || name || isBlind) find("#collector", form).focus();
  else field.focus();
}

// ── keys

function press(form, event) {
  const { target, code } = event;
  if (find("dialog[open]") || form.ariaBusy === "true" || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Enter" && form.contains(target) && target.matches("input, select")) return goOn(event, form);
  if (target.matches(FIELDS)) return;
  const kind = form.querySelector(`[name="body.collector.kind"][data-key="${code.replace("Key", "")}"]`);
  const known = form.querySelector(`[data-number="${code.replace(/^(Digit|Numpad)/, "")}"]`);
  if (kind === null && known === null) return;
  event.preventDefault();
  const isBlind = form.hasAttribute("data-blind"); // what comes next may be a password
  if (isBlind && find("[name='body.collector.kind']:checked", form)) return;
  if (kind) chooseCollector(form, kind.value, "", isBlind);
  else chooseCollector(form, known.dataset.collector, known.dataset.name);
}

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
