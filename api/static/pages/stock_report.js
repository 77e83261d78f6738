// A signed PDF: it is issued, and so recorded, when its button is pressed; then it can be opened.

import "../page.js";

import { attempt, find, say } from "../dom.js";
import { ask } from "../http.js";

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-report]");
  if (!button) return;
  attempt(button.closest("section, form"), async () => {
    const { href, seq } = await ask("POST", `/api/v1/reports/${button.dataset.report}`, JSON.parse(button.dataset.asked));
    const link = find("a", button.parentElement);
    Object.assign(link, { href, hidden: false, textContent: say("report_ready", { seq }) });
    setTimeout(() => link.focus()); // after the button is enabled again
  });
});
