// Where a second person is chosen who cannot sign here yet: it is said there, and not only after the first has signed.

import { make, say } from "./dom.js";
import { findHolder } from "./signing_in.js";

const SECONDS = '[name="witness"], [data-list="body.commission"] select';

/** Keep it said beside every choice of a second person, as people come in at this browser. */
export function prepareSeconds() {
  const tellAll = () => document.querySelectorAll(SECONDS).forEach(tell);
  document.addEventListener("change", ({ target }) => target.matches(SECONDS) && tell(target));
  document.addEventListener("senim:person", tellAll);
  tellAll();
}

function tell(field) {
  const place = field.type === "hidden" ? field.nextElementSibling : field.closest("p");
  place?.querySelector(".comes-in")?.remove();
  field.removeAttribute("aria-describedby");
  if (!place || ["", "-", document.body.dataset.person].includes(field.value) || findHolder(field.value)) return;
  const hint = make("span", { className: "hint comes-in", id: `${field.id || field.name}-comes-in` }, ` ${say("comes_in")}`);
  field.setAttribute("aria-describedby", hint.id);
  place.append(hint);
}
