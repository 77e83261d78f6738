// Own signatures: the last entries that carry one, in words. What is sealed stays sealed here.

import { attempt, find, make, say, texts } from "../dom.js";
import { ask } from "../http.js";
import { guardPage } from "../person.js";
import { sayMoment } from "../times.js";
import { terms } from "../terms.js";
import { describe } from "../words.js";

guardPage();

function toCard({ seq, recorded_at, statement, key }) {
  const { log, genesis, seen, sealed, ...command } = statement;
  const { title, rows } = describe(command, terms);
  const list = make("dl", { className: "said" });
  const also = [
    { label: say("recorded"), value: sayMoment(recorded_at, texts.lang, texts.zone) },
    { label: say("signed_with"), value: key },
    ...Object.keys(sealed ?? {}).map((path) => ({ label: terms.fields[path.split(".").at(-1)] ?? path, value: say("sealed") })),
  ];
  for (const { label, value } of [...rows, ...also]) list.append(make("dt", {}, label), make("dd", {}, value));
  return make("section", { className: "card" }, make("h2", {}, `${seq} · ${title}`), list);
}

await attempt(find("main"), async () => {
  const { entries } = await ask("GET", "/api/v1/account/signatures");
  find("#list").replaceChildren(...entries.map(toCard));
  find("#none").hidden = entries.length > 0;
});
