// Doses that are due. What somebody else gave since a card was drawn is shown before anything is signed: the next press is
// on the new card. A dose that was given is always recorded: where the server says nothing of it, the press goes on.

import "./ward_scan.js";

import { find } from "../dom.js";
import { prepareEntryForm, readCommands } from "../entry_form.js";
import { unlockFor } from "../http.js";

for (const card of document.querySelectorAll(".dose")) prepare(card);

function prepare(card) {
  const form = find("form.entry", card);
  if (form) prepareEntryForm(form, { commands: async () => ((await renew(card)) ? null : readCommands(form)) });
}

/** Whether the person has to look first: at the new card, or at the lock that they left shut. */
async function renew(card) {
  let fresh;
  try {
    const answer = await look(card.dataset);
    if (answer.status !== 200) return answer.status === 401;
    fresh = find(".dose", new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    return false; // no network
  }
  card.replaceWith(fresh);
  prepare(fresh);
  find(".since", fresh).focus();
  return true;
}

async function look({ course, place, last }) {
  const address = `/ward/doses/${encodeURIComponent(course)}?${new URLSearchParams({ place, last })}`;
  const headers = { "HX-Request": "true" };
  const ask = () => fetch(address, { headers, cache: "no-store", signal: AbortSignal.timeout(5000) });
  const answer = await ask();
  return answer.status === 401 && (await unlockFor(answer)) ? ask() : answer;
}
