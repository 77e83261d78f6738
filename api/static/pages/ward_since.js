// A dose that somebody else gave since a course was shown: told when the button is pressed, once more when everybody has
// signed and nothing is sent yet, and afterwards where two were sent at one moment. Nothing is refused: a dose that was
// given is always recorded, and where the server says nothing of it, the press goes on.

import { find, say } from "../dom.js";
import { leave, prepareEntryForm, readCommands } from "../entry_form.js";
import { unlockFor } from "../http.js";
import { flash } from "../told.js";

/** Let `form`, on the card of a course, sign what it says. `show(fresh)`: the card as it is now, to be read first. */
export function prepareDose(form, show) {
  const { dataset } = form.closest("[data-course]");
  let sent = null;
  prepareEntryForm(form, {
    async commands() {
      const { fresh, isShut } = await look(dataset);
      if (fresh) show(fresh);
      return fresh || isShut ? null : readCommands(form);
    },
    async signed(ceremony) {
      const { fresh } = ceremony === sent ? {} : await look(dataset); // without an answer it may be recorded already
      if (fresh) setTimeout(show, 0, fresh); // when the dialog has given the focus back
      else sent = ceremony;
      return !fresh;
    },
    async recorded(answer) {
      const { fresh } = answer.parked ? {} : await look({ ...dataset, before: answer[0].seq });
      if (!fresh) return leave(form, answer);
      const { seq } = answer.find(({ type }) => type.startsWith("dose.")) ?? answer[0];
      flash(`${say("recorded_now", { seq })}. ${find(".since", fresh).textContent} ${say("recorded_twice")}`);
      location.assign(`/entries/${seq}`);
    },
  });
}

/** `{fresh}`: the card where a dose was given since; `{isShut}`: the person left the lock shut. */
async function look({ course, place, seen, before }) {
  const asked = new URLSearchParams({ place, after: seen, ...(before && { before }) });
  const ask = () =>
    fetch(`/ward/doses/${encodeURIComponent(course)}?${asked}`, {
      headers: { "HX-Request": "true" }, cache: "no-store", signal: AbortSignal.timeout(5000),
    }); // prettier-ignore
  try {
    let answer = await ask();
    if (answer.status === 401 && (await unlockFor(answer))) answer = await ask();
    const text = answer.status === 200 ? await answer.text() : "";
    return { fresh: find("[data-course]", new DOMParser().parseFromString(text, "text/html")), isShut: answer.status === 401 };
  } catch {
    return {}; // no network
  }
}
