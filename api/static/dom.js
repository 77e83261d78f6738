// What every page needs of its document: the texts in the page's language, elements, and errors told to the person.

import { Refused } from "./encoding.js";
import { Problem } from "./http.js";

const { lang } = document.documentElement;
/** `{lang, zone, said}` as the server renders them. */
export const texts = await (await fetch(`/texts/${lang}.json`)).json();

export const find = (selector, root = document) => root.querySelector(selector);

/** The sentence of `texts.said`, its `{names}` filled in. */
export function say(name, values = {}) {
  return (texts.said[name] ?? name).replace(/\{([a-z_]+)\}/g, (whole, key) => values[key] ?? whole);
}

/** An element; `members` are properties, those with a dash attributes. Children are elements or text, never markup. */
export function make(tag, members = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(members)) {
    if (name in made && !name.includes("-")) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** What happened and what to do, in the reader's language. */
export function sentencesOf(error) {
  if (error instanceof Problem) {
    const others = error.refusals.map(({ said }) => said).filter((said) => said !== error.detail);
    const isEntry = error.path.startsWith("/api/v1/entries");
    return [isEntry && say("not_recorded"), error.detail || say("server_fault"), ...others, error.advice].filter(Boolean);
  }
  if (error instanceof Refused) {
    return [say(error.code in texts.said ? error.code : "refused", { code: error.code, ...error.values })];
  }
  if (error instanceof TypeError && /fetch/i.test(error.message)) return [say("offline")];
  console.error(error); // a fault of ours, which somebody will have to find
  return [say("fault")];
}

export function tell(error, where) {
  where.replaceChildren(...sentencesOf(error).map((sentence) => make("p", {}, sentence)));
  if (error.path?.startsWith("/api/v1/entries")) find(".told")?.replaceChildren(); // of another entry
  const state = find(".read-only");
  if (state && error.status === 422 && error.path.startsWith("/api/v1/entries")) state.hidden = true; // a rule was asked
  if (error.code !== "ledger_read_only" || !state) return;
  state.hidden = false; // the page is from before
  const way = find("a", state)?.cloneNode(true);
  if (way) where.append(make("p", {}, way));
}
document.addEventListener("recorded", () => find(".read-only")?.toggleAttribute("hidden", true));

// Browsers tell what is wrong with a field in their own language, which is not always the reader's.
document.addEventListener("invalid", ({ target }) => {
  target.setCustomValidity("");
  const { valueMissing, tooShort } = target.validity;
  const name = valueMissing ? "field_needed" : tooShort ? "field_short" : "field_unfit";
  target.setCustomValidity(say(name, { least: target.minLength }));
}, true); // prettier-ignore
// All of the form: one choice answers for every button of its group, and may excuse other fields.
const fit = ({ target }) => [...(target.form?.elements ?? [target])].forEach((field) => field.setCustomValidity?.(""));
document.addEventListener("input", fit, true);

/** The page does what it says from now on. Until then its forms, being `method="dialog"`, send nothing anywhere. */
export const setReady = () => (document.body.dataset.ready = "");

/** Run `act` once at a time for `form`; what it raises is told in the form's `.problem`, or in that of its `at`. */
export function whenSubmitted(form, act) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(form, () => act(new FormData(form)));
  });
}

export const whenPressed = (button, root, act) => button.addEventListener("click", () => attempt(root, act));

export async function attempt(root, act) {
  if (root.ariaBusy === "true") return;
  const from = document.activeElement;
  let place = root;
  const buttons = [...root.querySelectorAll("button")].filter((button) => !button.disabled);
  find(".problem", root).replaceChildren();
  root.ariaBusy = "true";
  for (const button of buttons) button.disabled = true;
  try {
    await act();
  } catch (error) {
    place = error.at ?? root;
    tell(error, find(".problem", place));
  } finally {
    root.ariaBusy = "false";
    for (const button of buttons) button.disabled = false;
    if (find(".problem", place).hasChildNodes()) goBack(place, from);
  }
}

/** To what is wrong, a warning without its answer, or the field in which somebody was, whose text is then typed over; else
 * the first, or what is said. */
function goBack(place, from) {
  const last = place.contains(from) && from.matches("input") ? from : find("input:not([hidden])", place);
  const field = find("[aria-invalid]", place) ?? find(".warnings :invalid", place) ?? last;
  if (field?.checkVisibility()) field.select?.();
  const said = find(".problem", place);
  (field?.checkVisibility() ? field : said).focus();
  said.scrollIntoView({ block: "nearest" }); // the field may stand a screen above
}

/** Show one of the steps of a page, and bring the reader to it. */
export function showStep(name) {
  for (const step of document.querySelectorAll("[data-step]")) step.hidden = step.dataset.step !== name;
  const shown = find(`[data-step="${name}"]`);
  (find("input, button", shown) ?? shown).focus();
}
