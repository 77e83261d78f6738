// A form that becomes commands. Its markup says all of it: an element with `data-type` is one command; names of fields
// are paths of members (`body.supplier`); inside a `data-list="body.lines"` each `data-item` is one of the list, its
// fields named from there. Fields outside every `data-type` (witness, late_reason, occurred_at) belong to each command.
// What is empty, disabled or hidden is left out. Trusts nothing: the server judges, and whoever signs reads it first.

import { attempt, find, make, say, texts } from "./dom.js";
import { newUuid } from "./http.js";
import { fromClock, toTimestamp } from "./times.js";
import { flash } from "./told.js";

const READ = {
  text: (text) => text,
  integer: (text) => (/^-?\d+$/.test(text) ? Number(text) : Number(text.replace(",", ".")) || text),
  decimal: toDecimal,
  amount: (text, { unit }) => ({ value: toDecimal(text), unit }),
  flag: (text) => text === "true",
  time: (text) => toTimestamp(fromClock(text, texts.zone)),
  day: (text) => text,
  json: (text) => JSON.parse(text),
  new: (text, dataset) => (dataset.made ??= `${text}-${newName()}`),
};

/** Ten letters and digits that nothing has yet; no vowels, so that they spell nothing. */
function newName() {
  const letters = "bcdfghjkmnpqrstvwxz23456789";
  return Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => letters[byte % letters.length]).join("");
}

/** Decimal text as the contract writes it: a point, no zeros that say nothing. */
function toDecimal(text) {
  const plain = text.replace(",", ".");
  if (!/^\d+(\.\d+)?$/.test(plain)) return plain;
  return plain.replace(/^0+(?=\d)/, "").replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

/** Codes whose sentence says which field it is about, by its path. */
const NAMES_ITS_FIELD = /^(malformed|field_|units_|iin_|bin_|id_looks_|time_in_future)/;

let signing = null;

/** What signs is loaded when somebody begins to work: by then there is a network, later perhaps not. */
function loadSigning() {
  signing ??= import("./signing.js").catch((error) => {
    signing = null;
    throw error;
  });
  return signing;
}
for (const begun of ["input", "keydown", "pointerdown"]) {
  document.addEventListener(begun, () => loadSigning().catch(() => {}), { once: true }); // told when it is needed
}

/** Let `form` sign what it says; `recorded(receipts)` follows, else what its `data-then` names. `signed`: as of `sign`.
 * `commands(form)`: what to sign, at once or later; null: nothing now. */
export function prepareEntryForm(form, { recorded, commands = readCommands, signed = null } = {}) {
  // A signing password typed before the dialog asks for it must not stand in a field, and from there in the register.
  form.addEventListener("beforeinput", (event) => form.ariaBusy === "true" && event.preventDefault());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(form, () => send(form, commands, recorded, signed));
  });
}

async function send(form, commands, recorded, signed) {
  const asked = await commands(form);
  if (asked === null) return;
  let answer;
  try {
    const { sign } = await loadSigning();
    answer = await sign(asked, namesIn(form), signed);
  } catch (problem) {
    if (problem.refusals) await nameFields(form, problem);
    showQuestions(form, problem.refusals ?? []);
    form.dispatchEvent(new CustomEvent("refused", { detail: problem.refusals ?? [] }));
    throw problem;
  }
  if (answer === null) return;
  await end(form);
  return recorded ? recorded(answer, asked) : leave(form, answer);
}

/** Go where `form` leads, and say there what was recorded. */
export function leave(form, answer) {
  const told = answer.parked ? say("parked_now") : say("recorded_now", { seq: answer.map(({ seq }) => seq).join(", ") });
  const wanted = form.dataset.then ?? "reload";
  // An address that names the entry leads nowhere before everybody has signed.
  const then = answer.parked && wanted.includes("{seq}") ? "/" : wanted.replace("{seq}", answer[0]?.seq);
  flash(told);
  if (then === "reload") location.reload();
  else location.assign(then);
}

/** What `form` says was recorded: nothing is kept of it any more, and what comes next is another command. */
export async function end(form) {
  const done = new CustomEvent("recorded", { bubbles: true, detail: [] }); // what must end first joins the list
  form.dispatchEvent(done);
  for (const each of scopesOf(form)) delete each.dataset.id;
  await Promise.all(done.detail);
}

/** The commands that `form` asks for, in the order of the page. */
export function readCommands(form) {
  const isOne = form.matches("[data-type]");
  const around = readMembers(form, (field) => isOne || field.closest("[data-type]") === null);
  const acknowledged = [...form.querySelectorAll(".warnings [data-code]")]
    .filter(({ value }) => value.trim())
    .map(({ dataset, value }) => ({ code: dataset.code, reason: value.trim() }));
  return scopesOf(form).map((scope) => {
    const own = scope === form ? around : readMembers(scope, () => true);
    scope.dataset.id ??= newUuid(); // the same when it is sent again
    return {
      id: scope.dataset.id, type: scope.dataset.type, occurred_at: toTimestamp(new Date()),
      performer: document.body.dataset.person, ...around, acknowledged, ...own, body: { ...around.body, ...own.body },
    }; // prettier-ignore
  });
}

/** The elements that are a command each. */
const scopesOf = (form) => (form.matches("[data-type]") ? [form] : [...form.querySelectorAll("[data-type]")].filter(isShown));

const isShown = (element) => element.closest("[hidden], [data-off]") === null;

function readMembers(scope, wanted) {
  const read = {};
  for (const field of scope.querySelectorAll("[name]")) {
    const list = field.closest("[data-list]");
    if (!wanted(field) || (list && scope.contains(list) && list !== scope) || field.closest(".warnings")) continue;
    put(read, field.name, field);
  }
  for (const list of scope.querySelectorAll("[data-list]")) {
    if (!wanted(list) || !isShown(list) || list.parentElement.closest("[data-list]")) continue;
    const said = itemsOf(list).map(readItem).filter((item) => item !== null);
    if (said.length > 0) place(read, list.dataset.list, said);
  }
  return read;
}

const itemsOf = (list) => [...list.querySelectorAll("[data-item]")].filter(isShown);

/** One of a list; null where nothing was typed into it. A list of plain values has fields without a name's rest. */
function readItem(item) {
  const read = {};
  let typed = false;
  for (const field of item.querySelectorAll("[name]")) {
    if (put(read, field.name, field) && field.type !== "hidden") typed = true;
  }
  if (!typed && !item.hasAttribute("data-whole")) return null;
  return "=" in read ? read["="] : read;
}

function put(into, path, field) {
  if (field.disabled || !isShown(field) || ((field.type === "radio" || field.type === "checkbox") && !field.checked)) {
    return false;
  }
  const text = field.value.trim();
  if (text === "") return false;
  place(into, path, READ[field.dataset.as ?? "text"](text, field.dataset));
  return true;
}

function place(into, path, value) {
  const steps = path.split(".");
  const last = steps.pop();
  const holder = steps.reduce((at, step) => (at[step] ??= {}), into);
  holder[last] = value;
}

/** Names for what is signed: kind → id → name, of every field and element with `data-kind`. */
export function namesIn(root) {
  const names = {};
  for (const element of document.querySelectorAll("[data-kind]")) {
    const value = element.dataset.value ?? element.value;
    const said = element.dataset.said ?? element.selectedOptions?.[0]?.textContent ?? element.textContent;
    if (value) (names[element.dataset.kind] ??= {})[value] = said.trim();
  }
  return names;
}

/**
 * `problem` with the fields of `form` called as their labels call them, parts as `data-called`; the fields are marked.
 * What no field asks for is called as in what is signed: a path is nobody's word.
 */
export async function nameFields(form, problem) {
  const { fields } = (await import("./terms.js")).terms;
  for (const marked of form.querySelectorAll("[aria-invalid]")) marked.removeAttribute("aria-invalid");
  const scopes = scopesOf(form);
  for (const [n, refusal] of problem.refusals.entries()) {
    const scope = scopes[refusal.command] ?? form;
    const found = refusal.field && (findField(scope, refusal.field) ?? findField(form, refusal.field));
    if (found) {
      found.field.setAttribute("aria-invalid", "true");
      for (let part = found.field.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
    }
    const before = refusal.said;
    if (refusal.field && NAMES_ITS_FIELD.test(refusal.code) && before.includes(refusal.field)) {
      refusal.said = before.replaceAll(refusal.field, found?.label ?? callPath(refusal.field, fields));
    } else if (found && refusal.kind !== "warning") {
      refusal.said = `${found.label}: ${before}`;
    }
    if (problem.detail === before) problem.detail = refusal.said;
    if (scope.dataset.called) refusal.said = `${scope.dataset.called}: ${refusal.said}`;
    if (n === 0 && scope.dataset.called) problem.detail = refusal.said;
  }
  return problem;
}

/** The field of the member at `path`, and what it is called: in a list with the number of its line. */
function findField(form, path) {
  const alone = nearestOf(form, path);
  if (alone) return { field: alone, label: labelOf(alone) };
  for (const list of form.querySelectorAll("[data-list]")) {
    const [, n, name] = new RegExp(`^${list.dataset.list}\\.(\\d+)(?:\\.(.+))?$`).exec(path) ?? [];
    const items = itemsOf(list);
    const item = n && items.filter((each) => readItem(each) !== null)[n]; // what was left empty was not sent
    const own = name && item && nearestOf(item, name);
    const field = own || (item && [...item.querySelectorAll("input[name], select")].find(isNamed));
    if (!field) continue;
    const label = labelOf(field);
    return { field, label: items.length > 1 ? say("of_line", { name: label, n: items.indexOf(item) + 1 }) : label };
  }
  return null;
}

/** The field that people see for the member at `path`, or for what it is a part of: a dose is one field. */
function nearestOf(root, path) {
  const steps = path.split(".");
  const names = steps.map((_, n) => steps.slice(0, steps.length - n).join(".")).filter((name) => name !== "body");
  const fields = names.map((name) => root.querySelector(`[name="${CSS.escape(name)}"]:not([type=hidden])`));
  return fields.find((field) => field && isNamed(field)) ?? null;
}

const isNamed = (field) => field.type !== "hidden" && labelOf(field) !== "«»";

/** A member that no field asks for, by its word. */
function callPath(path, fields) {
  const steps = path.split(".");
  const line = steps.findLast((step) => /^\d+$/.test(step));
  const named = steps.findLast((step) => fields[step]);
  const name = named ? `«${fields[named]}»` : say("this_entry");
  return line === undefined ? name : say("of_line", { name, n: Number(line) + 1 });
}

function labelOf(field) {
  const legend = field.type === "radio" && field.closest("fieldset")?.querySelector("legend");
  const said = legend || [...(field.labels?.[0]?.childNodes ?? [])].find(({ textContent }) => textContent.trim());
  return `«${(field.ariaLabel ?? said?.textContent ?? "").trim()}»`;
}

/** The warnings that want an answer, and the reason of what is late, where the rule asks for them. */
export function showQuestions(form, refusals) {
  const asked = refusals.filter(({ code }) => code === "late_without_reason");
  const late = find(".late", form);
  if (late && asked.length > 0) late.hidden = false;
  const place = find(".warnings", form);
  if (!place) return;
  const codes = refusals.filter(({ kind }) => kind === "warning");
  for (const input of place.querySelectorAll("[data-code]"))
    if (!input.value.trim() && !codes.some(({ code }) => code === input.dataset.code)) input.closest("p").remove();
  for (const { code, said } of codes) {
    const before = find(`[data-code="${code}"]`, place);
    if (before) {
      before.required = true;
      before.labels[0].firstChild.textContent = said;
      continue;
    }
    const input = make("input", { "data-code": code, name: `why-${code}`, maxLength: 200, required: true, autocomplete: "off" });
    place.append(make("p", { className: "field" }, make("label", {}, said, make("br"), input)));
  }
  place.hidden = place.childElementCount === 0;
}

/** What was corrected owes no answer to the warning that it had: it is asked again where it still stands. */
document.addEventListener("input", ({ target }) => {
  if (target.closest(".warnings, .late")) return;
  for (const input of target.form?.querySelectorAll(".warnings [data-code]") ?? []) input.required = false;
});
