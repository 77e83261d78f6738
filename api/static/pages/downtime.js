// Numbered sheets: signed as entries first, then each is issued as a signed file to be printed.

import "../page.js";

import { find, make, say as sentence, texts } from "../dom.js";
import { prepareEntryForm } from "../entry_form.js";
import { ask } from "../http.js";
import { say } from "../told.js";

const issue = find("#issue");
if (issue) prepareEntryForm(issue, { recorded: print });
find("#print")?.addEventListener("click", () => window.print());

/** A link to the file of each sheet that was recorded, in the order of the list. */
async function print(receipts, commands) {
  const list = find("#printed");
  say(sentence("recorded_now", { seq: receipts.map(({ seq }) => seq).join(", ") }));
  for (const [n, { seq }] of receipts.entries()) {
    const issued = await ask("POST", "/api/v1/reports/sheet", { entry: seq, language: texts.lang });
    const said = list.dataset.said.replace("{no}", commands[n].body.sheet_no);
    list.append(make("li", {}, make("a", { className: "button", href: issued.href, target: "_blank", rel: "noopener" }, said)));
  }
  find("a", list)?.focus();
}
