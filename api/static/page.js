// What every page of the work does: it is guarded, its forms sign, its parts come from the server, F9 signs.

import "./parts.js";

import { find } from "./dom.js";
import { prepareEntryForm } from "./entry_form.js";
import { guardPage } from "./person.js";
import { prepareRows } from "./rows.js";
import { sayKept } from "./told.js";

/** `own`: forms with this attribute are prepared by the page's own module. */
for (const form of document.querySelectorAll("form.entry:not([data-own])")) prepareEntryForm(form);

prepareRows();
document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-switch]")) target.closest("[data-type]").toggleAttribute("data-off", !target.checked);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "F9" || event.repeat || find("dialog[open]")) return;
  const form = event.target.closest?.("form.entry") ?? find("form.entry");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
});
sayKept();
guardPage();
find("[autofocus]")?.focus();
if (document.body.dataset.slot) import("./drafts.js").then(({ keepDrafts }) => keepDrafts());
