// People come in by an entry, then get a one-time code that is shown once. While imports are open both is one call, on
// the facility's word; afterwards registrar and head pharmacist sign first.

import "../page.js";
import { attempt, find, say, whenPressed } from "../dom.js";
import { prepareEntryForm, readCommands } from "../entry_form.js";
import { ask } from "../http.js";
import { flash } from "../told.js";

const slip = find("#code");
const keep = (event) => event.preventDefault();

/** Show the code until it is handed over; the browser asks before it leaves it. */
function showCode({ person, code }) {
  find(".address", slip).textContent = new URL("/enrol", location.href).href;
  find(".person", slip).textContent = person;
  find(".value", slip).textContent = code.replace(/(.{4})/g, "$1 ").trim();
  find(".work").hidden = true;
  slip.hidden = false;
  addEventListener("beforeunload", keep);
  slip.focus();
}

find(".print", slip).addEventListener("click", () => print());
find(".done", slip).addEventListener("click", () => {
  removeEventListener("beforeunload", keep);
  location.reload();
});

const issueCode = async (person) => showCode(await ask("POST", `/api/v1/people/${encodeURIComponent(person)}/code`));

for (const button of document.querySelectorAll(".issue")) {
  whenPressed(button, find("#new-code"), () => issueCode(button.dataset.person));
}

const form = find("#enrol");
if (form?.hasAttribute("data-on-word")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(form, async () => {
      const code = await ask("POST", "/api/v1/people", readCommands(form)[0].body);
      form.dispatchEvent(new CustomEvent("recorded", { bubbles: true, detail: [] })); // no draft any more
      showCode(code);
    });
  });
} else if (form) {
  prepareEntryForm(form, {
    async recorded(answer, [{ body }]) {
      if (!answer.parked) return issueCode(body.person);
      flash(say("parked_enrolment"));
      location.reload();
    },
  });
}
