// What a statement says, in the reader's words: nothing in it stays unsaid. Trusts the texts that the server rendered
// for names of fields and codes; an id that has a name is shown with both.

import { sayDay, sayMoment } from "./times.js";

const LEAD = [
  "patient", "prescription", "product", "place", "lot", "units", "lots", "lines", "dose", "days_supply", "collector",
  "kind", "name",
]; // prettier-ignore
const KINDS = {
  patient: "patient", keep: "patient", drop: "patient", product: "product", prescription: "prescription",
  place: "place", from_place: "place", to_place: "place", performer: "person", witness: "person", person: "person",
  decided_by: "person", ordered_by: "person", commission: "person", about: "entry",
}; // prettier-ignore
// Members whose values are codes; any other text stands as it was typed, whatever it looks like.
const CODED = new Set(
  `administration cause code custody document_kind form identity indication inn kind method packs period_unit purpose
  reason relation residue_fate role route schedule setting shortfall signed_by_relative unit unit_of_presentation use
  witness_pending`.split(/\s+/),
);
const DAY = /^\d{4}-\d\d-\d\d$/;
const DECIMAL = /^\d+\.\d+$/;

/**
 * `{title, rows: [{label, value}]}` of a command (`reopen(statement, openings)`).
 *
 * `texts` is the server's `{lang, zone, types, fields, values, said}`, `names` what the page knows: kind → id → name.
 */
export function describe(command, texts, names = {}) {
  const { id, type, body, occurred_at, ...around } = command;
  const told = [["occurred_at", occurred_at], ...membersOf(body), ...membersOf(around)];
  const rows = told.flatMap(([name, value]) => toRows(name, value, texts, names));
  return { title: texts.types[type] ?? type, rows: [...rows, { label: label("id", "", texts), value: id }] };
}

/** What is there, what matters most first. */
function membersOf(object) {
  const order = (name) => (LEAD.includes(name) ? LEAD.indexOf(name) : LEAD.length);
  const isSaid = ([, value]) => value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0);
  return Object.entries(object).filter(isSaid).sort(([one], [other]) => order(one) - order(other)); // prettier-ignore
}

function toRows(name, value, texts, names) {
  if (!Array.isArray(value)) return [{ label: label(name, "", texts), value: say(name, value, texts, names) }];
  return value.map((item, n) => ({
    label: value.length > 1 ? `${label(name, "", texts)} ${n + 1}` : label(name, "", texts),
    value: say(name, item, texts, names),
  }));
}

const label = (name, within, texts) => texts.fields[`${within}.${name}`] ?? texts.fields[name] ?? name;

function say(name, value, texts, names) {
  if (Array.isArray(value)) return value.map((item) => say(name, item, texts, names)).join("; ");
  if (typeof value === "object") return sayObject(name, value, texts, names);
  if (typeof value === "boolean") return value ? texts.said.yes : texts.said.no;
  if (typeof value === "number") return sayNumber(value, texts.lang);
  if (name in KINDS) return sayName(names[KINDS[name]]?.[value], value);
  if (name.endsWith("_at")) return sayMoment(value, texts.lang, texts.zone);
  if (DAY.test(value) && (name.endsWith("_on") || name === "on")) return sayDay(value, texts.lang);
  return CODED.has(name) && Object.hasOwn(texts.values, value) ? texts.values[value] : value;
}

const sayName = (name, id) => (name === undefined || name === id ? id : `${name} (${id})`);

function sayObject(within, value, texts, names) {
  const members = Object.keys(value).sort().join();
  if (members === "unit,value") return sayQuantity(value, texts);
  const often = members === "as_needed,period,period_unit,times" && sayOften(value, texts);
  if (often) return often;
  const said = membersOf(value).map(([name, member]) => `${label(name, within, texts)}: ${say(name, member, texts, names)}`);
  return said.join(" · ");
}

function sayQuantity({ value, unit }, { lang, values }) {
  return `${DECIMAL.test(value) && lang !== "en" ? value.replace(".", ",") : value} ${values[unit] ?? unit}`;
}

/** As it is chosen where it is written; undefined where no list offers it. */
function sayOften({ times, period, period_unit, as_needed }, { often = {}, needed }) {
  const said = often[`${times}/${period}${period_unit}`];
  return said && as_needed ? needed.replace("{said}", said) : said;
}

function sayNumber(number, lang) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, lang === "en" ? "," : "\u00a0");
}
