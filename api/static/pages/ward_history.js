// A dose history on paper: the signed report is issued, which is an entry of its own, and then opened.

import "../page.js";

import { attempt } from "../dom.js";
import { ask } from "../http.js";

document.addEventListener("submit", (event) => {
  if (event.target.id !== "report") return;
  event.preventDefault();
  attempt(event.target, async () => {
    const { patient, reason } = event.target.dataset;
    const { href } = await ask("POST", "/api/v1/reports/dose-history", { patient }, reason);
    location.assign(href);
  });
});
