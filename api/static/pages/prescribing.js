// A prescription: the product fills dose, unit and route; dose, frequency and days come to the units of the course.
// What somebody typed is left alone. Trusts nothing: the server judges, and the physician reads it before signing.

import "../page.js";

import { find } from "../dom.js";

const form = find("#new");
const HOURS = { h: 1, d: 24, wk: 168 };
const typed = new Set();
const field = (name) => find(`[name="body.${name}"]`, form);
const number = (text) => Number(String(text).trim().replace(",", "."));

function put(name, value) {
  if (!typed.has(name) && value !== "") field(name).value = value;
}

const sayUnit = (unit) => (find("#unit", form).textContent = unit && `, ${unit}`);

function pickProduct() {
  const { strength = "", unit = "", unitSaid = "", route = "", every = "" } = field("product").selectedOptions[0].dataset;
  sayUnit(unitSaid);
  field("single_dose").dataset.unit = unit;
  put("single_dose", strength);
  put("route", route);
  const option = find(`option[data-name="${every}"]`, form);
  if (option && !typed.has("frequency")) option.selected = true;
}

/** The most units that the course can take: each dose opens whole ones. */
function workOut() {
  const { strength } = field("product").selectedOptions[0].dataset;
  const { times, period, periodUnit } = field("frequency").selectedOptions[0].dataset;
  const doses = Math.ceil((24 * number(field("duration_days").value) * Number(times)) / (Number(period) * HOURS[periodUnit]));
  const units = doses * Math.ceil(Number((number(field("single_dose").value) / Number(strength)).toFixed(6)));
  if (Number.isFinite(units) && units > 0) put("units", String(units));
}

if (form) {
  const { unit, unitSaid = "" } = field("product").selectedOptions[0].dataset;
  sayUnit(unitSaid);
  // A renewed course keeps the unit that it was written in.
  if (!field("single_dose").dataset.unit) field("single_dose").dataset.unit = unit ?? "";
  form.addEventListener("input", ({ target }) => {
    const name = target.name?.replace("body.", "");
    if (name === "product") pickProduct();
    else if (name) typed.add(name);
    if (["product", "single_dose", "frequency", "duration_days"].includes(name)) workOut();
  });
}
