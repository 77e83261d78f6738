// Another language is another page. What was being written goes along within this tab and is forgotten when it arrives;
// where it cannot go along, the person is asked first. A return is not touched: it has a sealed place of its own.

import { say } from "./dom.js";
import { addRow } from "./rows.js";

const KEPT = "senim.draft";
const here = () => `${document.body.dataset.person} ${location.pathname}${location.search}`;
const drafts = () => [...document.querySelectorAll("form[data-draft]:not([data-slot])")];
const lists = () => drafts().flatMap((form) => [...form.querySelectorAll(".rows")]);
const countLines = (list) => list.querySelectorAll(":scope > [data-item]").length;
const fields = () => drafts().flatMap((form) => [...form.elements]).filter(({ name, type }) => name && !["hidden", "password"].includes(type));
const isTick = ({ type }) => ["checkbox", "radio"].includes(type);
// Browsers write what a tab keeps to the disk, in clear: what the register seals does not go along.
const SEALED = /^(body\.(identity|issued_by|relative|brought_by|collector|text|how|note|name|reason|scope|carrier|registration_no|certificate_no|blank_no)\b|late_reason$|why-)/;
const isSealed = (field) => field.matches("input, textarea") && !isTick(field) && SEALED.test(field.name);

/** Go where `link` leads, with what was written. */
export function leave(link) {
  const others = document.querySelectorAll("form.entry:not([data-draft])");
  const isLost = [...others].some(isBegun) || fields().some((field) => isSealed(field) && field.value !== field.defaultValue);
  if (isLost && !confirm(say("language_forgets"))) return;
  const values = fields().map((field) => (isSealed(field) ? null : isTick(field) ? field.checked : field.value));
  sessionStorage.setItem(KEPT, JSON.stringify({ of: here(), lines: lists().map(countLines), values }));
  location.assign(link.href);
}

/** What came along stands in the fields again. */
export function arrive() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT));
  sessionStorage.removeItem(KEPT);
  if (kept?.of !== here()) return;
  const focused = document.activeElement;
  for (const [n, list] of lists().entries()) while (countLines(list) < (kept.lines[n] ?? 0)) addRow(list);
  for (const [n, field] of fields().entries()) {
    if ((kept.values[n] ?? null) === null) continue;
    if (isTick(field)) field.checked = kept.values[n];
    else field.value = kept.values[n];
    field.dispatchEvent(new Event("change", { bubbles: true })); // what is shown may depend on it
  }
  focused?.focus();
}

function isBegun(form) {
  return [...form.elements].some((field) => {
    if (!field.matches("input:not([type=hidden]), textarea")) return false;
    return isTick(field) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  });
}
