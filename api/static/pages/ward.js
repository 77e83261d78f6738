// The bedside: a dose is taken out of its lots, what is left over asks what became of it and who saw that. Trusts
// nothing: the server judges, and whoever signs reads it first.

import "./ward_scan.js";

import { find, say } from "../dom.js";
import { prepareEntryForm } from "../entry_form.js";
import { flash } from "../told.js";
import { prepareDose } from "./ward_since.js";

/** Show or hide; what is hidden is not asked for. */
function toggle(element, on) {
  element.hidden = !on;
  for (const field of element.querySelectorAll("select, input:not([type=hidden])")) field.disabled = !on;
}

const number = (text) => Number(String(text).trim().replace(",", "."));
const plain = (value) => String(Number(value.toFixed(6)));
const hidden = (scope, name) => find(`input[type=hidden][name="${name}"], input[type=hidden][name$=".${name}"]`, scope);

/** So many units, from the chosen lot on into the next ones of its product, as far as they are there. */
function takeLots(select, units) {
  const chosen = select.selectedOptions[0];
  const others = [...select.options].filter((each) => each !== chosen && each.dataset.product === chosen.dataset.product && !("held" in each.dataset));
  const lots = [];
  let left = units;
  for (const option of [chosen, ...others]) {
    const taken = Math.min(left, Number(option.dataset.there));
    if (taken > 0) lots.push({ lot: option.value, units: taken });
    left -= taken;
  }
  return left > 0 ? [{ lot: chosen.value, units }] : lots; // what is not there, the server says
}

/** What the fields of one pack come to: product, lots, and what is left over. */
function pour(scope, changed) {
  const select = find("[data-pack]", scope);
  const chosen = select.selectedOptions[0];
  const { product = "", strength = "", unit = "", unitSaid = "" } = chosen?.dataset ?? {};
  if (hidden(scope, "product")) hidden(scope, "product").value = product;
  if (hidden(scope, "lot")) hidden(scope, "lot").value = chosen?.value ?? "";
  if (changed === select) pickOrder(scope, product);
  const units = find("[data-units]", scope);
  const dose = find('[name$="dose"]', scope);
  if (!units || !dose) return;
  dose.dataset.unit = unit;
  find(".unit", scope).textContent = unitSaid && `, ${unitSaid}`;
  if (changed === dose && number(dose.value) > 0 && number(strength) > 0) {
    units.value = Math.ceil(number(plain(number(dose.value) / number(strength))));
  }
  if (changed === select && !dose.value) dose.value = strength;
  hidden(scope, "lots").value = product ? JSON.stringify(takeLots(select, number(units.value))) : "";
  const residue = hidden(scope, "residue");
  if (!residue) return;
  const rest = number(units.value) * number(strength) - number(dose.value);
  const isLeft = dose.value !== "" && Number.isFinite(rest) && number(plain(rest)) > 0;
  residue.value = isLeft ? plain(rest) : "";
  residue.dataset.unit = unit;
  const asked = find("[data-rest]", scope.parentElement);
  find(".left-over", asked).textContent = isLeft ? `${plain(rest).replace(".", document.documentElement.lang === "en" ? "." : ",")} ${unitSaid}` : "";
  askRest(asked, isLeft);
}

/** A syringe driver is on the course of one of its drugs, unless somebody says otherwise. */
function pickOrder(scope, product) {
  const order = find("[data-order]", scope.closest("[data-type]"));
  if (order && order.value === "") order.value = find(`[data-product="${product}"]`, order)?.value ?? "";
}

/** What became of a rest; who saw it, where it was poured away. */
function askRest(asked, isLeft) {
  const fate = find("select", asked);
  asked.hidden = !isLeft;
  fate.disabled = !isLeft;
  const second = find("[data-second]", asked);
  toggle(second, isLeft && ["wasted", "true"].includes(fate.value));
  answerSecond(second);
}

/** Nobody here: the field is no witness, and the entry says why none signs now. */
function answerSecond(second) {
  const select = find("select", second);
  const alone = !select.disabled && select.value === "-";
  if (alone) select.removeAttribute("name");
  else select.name = "witness";
  find("[name=witness_pending]", second).disabled = !alone;
}

function setOff(part, off) {
  part.toggleAttribute("data-off", off);
  part.disabled = part.hidden = off;
}

function follow({ target }) {
  const scope = target.closest("[data-pour]");
  if (scope) pour(scope, target);
  const second = target.closest("[data-second]");
  if (second) return answerSecond(second);
  const rest = target.closest("[data-rest]");
  if (rest) askRest(rest, true);
  if (target.matches("[data-part]")) askRest(find("[data-rest]", target.closest("[data-type]")), number(target.value) < 1 && target.value !== "");
  if (target.matches("[data-next]")) setOff(find("fieldset[data-type]", target.form), target.value === "");
  if (target.matches("[data-into]")) document.getElementById(target.dataset.into).value = target.value;
  if (target.matches("[data-none]")) {
    if (target.value === "-") target.removeAttribute("name");
    else target.name = target.dataset.none;
  }
}

/** What the server sent works now: the page itself, or what came after the reason was given. */
function arrive(root) {
  for (const form of root.querySelectorAll("[data-course] form.entry:not([data-prepared])")) {
    form.dataset.prepared = "";
    prepareDose(form, (fresh) => tellSince(form, fresh));
  }
  for (const item of root.querySelectorAll("[data-wanted]")) wish(item);
  for (const scope of root.querySelectorAll("[data-pour]")) pour(scope, null);
}

/** What is typed stays: the next press is on it, by who has read what was given since. */
function tellSince(form, fresh) {
  const card = form.closest("[data-course]");
  const since = find(".since", fresh);
  card.dataset.seen = fresh.dataset.seen;
  find(".standing", card).replaceWith(find(".standing", fresh));
  find(".since", form)?.remove();
  find(".problem", form).before(since);
  since.focus();
}

/** The drug that ran before is offered for the next syringe. */
function wish(item) {
  const select = find("[data-pack]", item);
  const wanted = [...select.options].findIndex((option) => option.dataset.product === item.dataset.wanted && item.dataset.wanted);
  if (wanted >= 0) select.selectedIndex = wanted;
  const scope = find("[data-pour]", item);
  if (wanted < 0) return;
  pour(scope, select);
  pour(scope, find('[name$="dose"]', scope));
}
arrive(document);
document.addEventListener("htmx:after:swap", () => {
  const main = find("main");
  for (const form of main.querySelectorAll("form.entry:not([data-own], [data-prepared])")) {
    form.dataset.prepared = "";
    prepareEntryForm(form);
  }
  arrive(main);
});
document.addEventListener("input", follow);
document.addEventListener("change", follow);

// A count: Enter goes to the next field and never signs; afterwards its result is shown.
for (const form of document.querySelectorAll("form.count")) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input, select")) return;
    event.preventDefault();
    const fields = [...form.querySelectorAll("input:not([type=hidden]), select, button.main")].filter((field) => field.checkVisibility() && !field.disabled);
    fields[fields.indexOf(event.target) + 1]?.focus();
  });
  prepareEntryForm(form, {
    recorded(answer) {
      flash(answer.parked ? say("parked_now") : say("recorded_now", { seq: answer[0].seq }));
      location.assign(answer.parked ? form.dataset.then : `${form.dataset.then}&entry=${answer[0].seq}`);
    },
  });
}
