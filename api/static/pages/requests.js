// Keys that wait for registrar and head pharmacist, and whatever else others signed and this person has yet to sign.

import { attempt, find, make, say, texts, whenPressed } from "../dom.js";
import { Refused } from "../encoding.js";
import { ask, newUuid } from "../http.js";
import { guardPage } from "../person.js";
import { sign, signReceived } from "../signing.js";
import { terms } from "../terms.js";
import { sayMoment, toTimestamp } from "../times.js";

guardPage();
const main = find("main");
const { body } = document;

for (const button of document.querySelectorAll(".enrol")) {
  whenPressed(button, main, async () => {
    const { key, person, name } = button.dataset;
    const { described, witness } = await ask("GET", `/api/v1/account/key-requests/${key}`);
    const command = {
      id: newUuid(), type: "key.enrolled", occurred_at: toTimestamp(new Date()), performer: body.dataset.person, witness,
      body: described,
    }; // prettier-ignore
    if (await sign([command], { person: { [person]: name } })) location.reload();
  });
}

const whatOf = ({ types }) => types.map((type) => terms.types[type] ?? type).join(", ");
const untilOf = ({ expires_at }) => sayMoment(expires_at, texts.lang, texts.zone);

function toButton(list) {
  const said = say("parked_from", { what: whatOf(list), person: list.by, time: untilOf(list) });
  const button = make("button", { type: "button" }, said);
  whenPressed(button, main, async () => {
    const forgotten = (problem) => (problem.status === 404 ? new Refused("parked_gone", { person: list.by }) : problem);
    if (await signReceived(list.id).catch((problem) => Promise.reject(forgotten(problem)))) location.reload();
  });
  return make("p", {}, button);
}

function toSent(list) {
  const name = list.recorded === null ? "parked_for" : "parked_recorded";
  const values = { what: whatOf(list), person: list.for, time: untilOf(list), seq: list.recorded?.join(", ") };
  return make("p", {}, say(name, values));
}

async function show() {
  const { waiting } = await ask("GET", "/api/v1/entries/wait");
  const due = waiting.filter((list) => list.for === body.dataset.person && list.recorded === null);
  const sent = waiting.filter((list) => list.by === body.dataset.person);
  find("#parked .none").hidden = due.length > 0;
  find("#parked .list").replaceChildren(...due.map(toButton));
  find("#sent").hidden = sent.length === 0;
  find("#sent .list").replaceChildren(...sent.map(toSent));
}

// Whoever takes the phone out of the pocket sees what came meanwhile; to ask by the clock would keep the session awake.
document.addEventListener("visibilitychange", () => document.hidden || attempt(main, show));
await attempt(main, show);
