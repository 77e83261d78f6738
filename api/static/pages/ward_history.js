// A dose history on paper: the signed report is issued, which is an entry of its own, and then opened.

import "../page.js";

import { find, whenSubmitted } from "../dom.js";
import { ask } from "../http.js";

const form = find("#report");
whenSubmitted(form, async () => {
  const { href } = await ask("POST", "/api/v1/reports/dose-history", { patient: form.dataset.patient });
  location.assign(href);
});
