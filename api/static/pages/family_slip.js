// The slip: in the family's language; the signed paper is issued when it is asked for, once, and then only fetched.

import "./family.js";

import { find, make, say, whenSubmitted } from "../dom.js";
import { ask } from "../http.js";

const form = find("form[data-entry]");
whenSubmitted(form, async () => {
  const spoken = find(".slip button[aria-pressed=true]").value;
  const wanted = { entry: Number(form.dataset.entry), language: spoken };
  const { href, seq } = await ask("POST", "/api/v1/reports/return", wanted, form.dataset.reason);
  find("button", form).remove();
  find(".issued", form).replaceChildren(make("a", { href, className: "button" }, say("open_report", { seq })));
});
