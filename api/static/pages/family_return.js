// The return at the family's table. One question at most, and only where far fewer packs come than were likely left; it
// may stay open. What is typed, and then what is signed, outlives a lost network and a closed page (kept.js).

import "./family.js";

import { record } from "../ceremony.js";
import { find, whenPressed } from "../dom.js";
import { prepareEntryForm, readCommands } from "../entry_form.js";
import { addRow } from "../rows.js";
import { openKept } from "../kept.js";

const form = find("form.entry");
const waitingPart = find("[data-signed]");
const person = document.body.dataset.person;
const kept = await openKept(form.dataset);
const added = () => [...form.querySelectorAll(".pack:not([data-out])")];
const fields = () => [...form.elements].filter(({ type }) => !["hidden", "submit", "button", "fieldset"].includes(type));
let signedList = null;
let isDone = false;

// Who signed beside the nurse is said by the button that ends the form: nothing is presumed.
form.addEventListener("submit", ({ submitter }) => {
  find('[name="body.signed_by_relative"]', form).value = submitter?.value ?? "";
});
prepareEntryForm(form, { commands, recorded, signed: keepSigned });
form.addEventListener("input", () => {
  find(".question", form).hidden = fewer().size === 0;
  keepDraft();
});
form.addEventListener("click", keepDraft); // lines come and go
whenPressed(find(".send", waitingPart), waitingPart, send);
find(".discard", waitingPart).addEventListener("click", async () => {
  const { list, ...draft } = (await kept.read()) ?? {};
  await kept.write(draft);
  location.reload();
});
await restore();

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
      product: find("[name=product]", item).value, lot: find("[name=lot]", item)?.value,
      out: Number(item.dataset.out), expected: Number(item.dataset.expected),
      typed: intact || broken ? Number(intact) + Number(broken) : null,
    }; // prettier-ignore
  });
}

async function keepSigned({ entries, signatures, log }) {
  signedList = { entries, signatures, log };
  if (isMine()) await kept.write({ list: signedList, ...draft() });
  showSigned();
}

function showSigned() {
  waitingPart.hidden = false;
  form.hidden = true;
}

async function send() {
  try {
    await recorded(await record(signedList));
  } catch (refused) {
    find(".discard", waitingPart).hidden = !(refused.status >= 400 && refused.status < 500);
    throw refused;
  }
}

async function recorded([{ seq }]) {
  isDone = true;
  await kept.forget();
  location.replace(`/family/slip/${seq}`);
}

function keepDraft() {
  setTimeout(() => {
    if (!isDone && !signedList && isMine()) kept.write(draft());
  });
}

/** What another person types or signs after a change of person is not kept under this one's key. */
function isMine() {
  return document.body.dataset.person === person;
}

function draft() {
  return { rows: added().length, typed: fields().map((field) => (field.type === "checkbox" ? field.checked : field.value)) };
}

async function restore() {
  const found = await kept.read();
  if (found?.list) {
    signedList = found.list;
    return showSigned();
  }
  if (!found?.typed) return;
  for (let n = 0; n < found.rows; n += 1) addRow(find(".packs", form));
  const now = fields();
  if (now.length !== found.typed.length) return; // the home has changed since: it is typed anew
  for (const [n, field] of now.entries()) {
    if (field.type === "checkbox") field.checked = found.typed[n];
    else field.value = found.typed[n];
  }
  find(".question", form).hidden = fewer().size === 0;
  document.activeElement?.blur();
}
