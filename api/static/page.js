// What every page of the work does: it is guarded, its forms sign, its parts come from the server, F9 signs.

import "./parts.js";

import { find } from "./dom.js";
import { prepareEntryForm } from "./entry_form.js";
import { guardPage } from "./person.js";
import { prepareRows } from "./rows.js";
import { prepareSeconds } from "./second.js";
import { sayKept } from "./told.js";

const ALIKE = { А: "A", В: "B", С: "C", Е: "E", Н: "H", І: "I", К: "K", М: "M", О: "O", Р: "P", Т: "T", У: "Y", Х: "X" };

/** `own`: forms with this attribute are prepared by the page's own module. */
for (const form of document.querySelectorAll("form.entry:not([data-own])")) prepareEntryForm(form);

prepareRows();
prepareSeconds();
document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-switch]")) target.closest("[data-type]").toggleAttribute("data-off", !target.checked);
});
// A diagnosis with a Cyrillic letter that looks Latin would stand in the register for ever, and never be found again.
document.addEventListener("input", ({ target }) => target.name === "body.icd10" && foldCode(target), { capture: true });
document.addEventListener("keydown", (event) => {
  if (event.key !== "F9" || event.repeat || find("dialog[open]")) return;
  const form = event.target.closest?.("form.entry") ?? find("form.entry:not(details:not([open]) *, [hidden] *)");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
});
sayKept();
guardPage();
find("[autofocus]")?.focus();

let drafts = null;
const begun = new WeakSet();

/** What keeps a draft comes when somebody begins to write, or comes back to what they wrote (kept.js). */
function loadDrafts() {
  if (!document.body.dataset.slot) return;
  drafts ??= import("./drafts.js").then(({ keepDrafts }) => keepDrafts(begun), () => (drafts = null));
}
const lookForDrafts = () => localStorage.getItem(`senim.kept.${document.body.dataset.slot}`) && loadDrafts();
for (const type of ["input", "keydown", "pointerdown"]) document.addEventListener(type, loadDrafts);
document.addEventListener("input", ({ target }) => target.form && begun.add(target.form));
document.addEventListener("senim:person", lookForDrafts);
lookForDrafts();

/** As ICD-10 writes a code: Latin capitals and a point. The cursor stays. */
function foldCode(field) {
  const { value, selectionStart } = field;
  const folded = [...value.toUpperCase()].map((letter) => ALIKE[letter] ?? letter).join("").replace(",", ".");
  if (folded === value) return;
  field.value = folded;
  field.setSelectionRange(selectionStart, selectionStart);
}
