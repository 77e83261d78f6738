// The page of an entry: how it is taken back, and where one goes on afterwards.

import "../page.js";
import { find, say } from "../dom.js";
import { prepareEntryForm } from "../entry_form.js";
import { flash } from "../told.js";

const ENTERED_ANEW = ["wrong_patient", "wrong_product", "wrong_lot", "wrong_quantity"];
let form = null;
const chosen = (name) => find(`[name="body.${name}"]:checked`, form)?.value;

/** The page, or what came in its place once it was said why one looks. */
function prepare() {
  const found = find("#mend");
  if (!found || found === form) return;
  form = found;
  prepareEntryForm(form, { recorded });
  form.addEventListener("change", show);
  show();
  if (location.hash === "#mend") goToReasons({ preventScroll: true });
}
prepare();
document.addEventListener("htmx:after:swap", prepare);
document.addEventListener("keydown", (event) => {
  if (event.key !== "F4" || !form || find("dialog[open]")) return;
  event.preventDefault();
  goToReasons();
});

function goToReasons(how) {
  find("[name='body.reason']", form).focus(how);
}

/** What is asked for depends on what is wrong, and on where the packs are. */
function show() {
  const sealed = find("#sealed", form);
  if (sealed) {
    sealed.hidden = chosen("packs") !== "back_sealed";
    for (const field of sealed.querySelectorAll("input, select")) field.disabled = sealed.hidden;
  }
  const again = find("#again", form);
  if (again) again.hidden = !ENTERED_ANEW.includes(chosen("reason"));
}

function recorded(receipts) {
  if (receipts.parked) {
    flash(say("parked_now"));
    return location.assign("/");
  }
  const { entry, next } = form.dataset;
  const again = find("#again:not([hidden]) input", form)?.checked;
  flash(say("recorded_now", { seq: receipts.map(({ seq }) => seq).join(", ") }));
  if (next) return location.assign(`/entries/${next}`);
  if (!again) return location.reload();
  location.assign(chosen("reason") === "wrong_patient" ? "/counter" : `/counter?entry=${entry}`);
}
