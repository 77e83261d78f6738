// The return at the family's table. One question at most, and only where far fewer packs come than were likely left; it
// may stay open. What is typed outlives a closed page as any draft does, what is signed also a lost network (kept.js).

import "./family.js";
import "../drafts.js"; // while there is a network

import { record } from "../ceremony.js";
import { find, whenPressed } from "../dom.js";
import { end, prepareEntryForm, readCommands } from "../entry_form.js";
import { openKept } from "../kept.js";

const form = find("form.entry");
const waitingPart = find("[data-signed]");
const person = document.body.dataset.person;
const kept = await openKept(form.dataset);
let signedList = null;

// Who signed beside the nurse is said by the button that ends the form: nothing is presumed.
form.addEventListener("submit", ({ submitter }) => {
  find('[name="body.signed_by_relative"]', form).value = submitter?.value ?? "";
});
prepareEntryForm(form, { commands, recorded, signed: keepSigned });
form.addEventListener("input", () => {
  find(".question", form).hidden = fewer().size === 0;
  for (const { item, out, typed } of packs()) find(".more", item).hidden = !(typed > out); // 40 where 4 was meant
});
whenPressed(find(".send", waitingPart), waitingPart, send);
find(".discard", waitingPart).addEventListener("click", async () => {
  await forgetSigned();
  location.reload();
});
[signedList = null] = (await kept.read()) ?? [];
if (signedList) showSigned();

function commands() {
  const [command] = readCommands(form);
  const asked = fewer();
  const { body } = command;
  body.empties_declined = find(".empties", form).checked;
  body.lines = (body.lines ?? []).map(({ intact = 0, broken = 0, ...line }) => {
    const pack = packs().find((each) => each.product === line.product && each.lot === line.lot);
    const isOpen = asked.has(line.product) && pack && intact + broken < pack.out;
    return { ...line, intact, broken, ...(isOpen && { shortfall: find(".shortfall", form).value }) };
  });
  return [command];
}

/** The medicines of which fewer come, with what stays at home, than were likely left. */
function fewer() {
  const there = new Map();
  for (const { product, expected, out, typed } of packs()) {
    const sum = there.get(product) ?? { likely: 0, found: 0, isTyped: false };
    there.set(product, { likely: sum.likely + expected, found: sum.found + (typed ?? out), isTyped: sum.isTyped || typed !== null });
  }
  return new Set([...there].filter(([, { likely, found, isTyped }]) => isTyped && found < likely).map(([product]) => product));
}

/** The lots that are known to be at home; `typed` is null where the line was left empty. */
function packs() {
  return [...form.querySelectorAll("[data-item][data-out]")].map((item) => {
    const [intact, broken] = ["intact", "broken"].map((name) => find(`[name=${name}]`, item).value.trim());
    return {
      item, product: find("[name=product]", item).value, lot: find("[name=lot]", item)?.value,
      out: Number(item.dataset.out), expected: Number(item.dataset.expected),
      typed: intact || broken ? Number(intact) + Number(broken) : null,
    }; // prettier-ignore
  });
}

async function keepSigned({ entries, signatures, log }) {
  signedList = { entries, signatures, log };
  if (document.body.dataset.person === person) await kept.change((lists) => [signedList, ...othersOf(lists)]);
  showSigned();
}

/** What was signed in another tab and waits as well. */
const othersOf = (lists) => (lists ?? []).filter(({ entries }) => idOf(entries) !== idOf(signedList.entries));

const idOf = ([{ statement }]) => statement.id;

const forgetSigned = () =>
  kept.change((lists) => {
    const others = othersOf(lists);
    return others.length > 0 ? others : null;
  });

function showSigned() {
  waitingPart.hidden = false;
  form.hidden = true;
}

async function send() {
  try {
    const receipts = await record(signedList);
    await end(form);
    await recorded(receipts);
  } catch (refused) {
    find(".discard", waitingPart).hidden = !(refused.status >= 400 && refused.status < 500);
    throw refused;
  }
}

async function recorded([{ seq }]) {
  await forgetSigned();
  location.replace(`/family/slip/${seq}`);
}
