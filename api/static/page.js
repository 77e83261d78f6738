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
for (const link of document.querySelectorAll('body > header a[href^="/language/"]')) link.addEventListener("click", changeLanguage);
if (sessionStorage.getItem("senim.draft")) import("./language.js").then(({ arrive }) => arrive());
sayKept();
guardPage();
find("[autofocus]")?.focus();

/** With what was being written on this page, where something may be. */
async function changeLanguage(event) {
  if (!find("form.entry") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.currentTarget;
  event.preventDefault();
  (await import("./language.js")).leave(link);
}
