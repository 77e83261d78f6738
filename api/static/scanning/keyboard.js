// A scanner that types. It presses the keys of an American keyboard, and the system makes of them what its layout says:
// ә of 2 in Kazakh, ф of a in Russian. So physical keys are read, and told from a person's by their rhythm.
//
// A scan is 8 keys or more, none later than 60 ms after the one before, 30 ms apart on average: scanners need 1 to 20,
// the fastest typists 50, and no symbol that matters is shorter. Once that is seen a pause of 120 ms ends the scan, and
// for 500 ms more an Enter or a Tab is still the scanner's: no hand is that quick.

import { readCode } from "./gs1.js";

const LEAST_KEYS = 8;
const MEAN_MS = 30;
const MOST_MS = 60;
const PAUSE_MS = 120;
const LATE_MS = 500;
const GS = "\x1d";
const PAIRS = {
  Backquote: "`~", Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|", Semicolon: ";:",
  Quote: "'\"", Comma: ",<", Period: ".>", Slash: "/?", Space: "  ", NumpadAdd: "++", NumpadSubtract: "--",
  NumpadMultiply: "**", NumpadDivide: "//", NumpadDecimal: "..",
}; // prettier-ignore
const MODIFIERS = ["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock"];
const ENDS = ["Enter", "NumpadEnter", "Tab"];
const FIELDS = "textarea, select, input:not([type=button], [type=submit], [type=checkbox], [type=radio])";

/**
 * Call `callback` with what is scanned (`readCode`), wherever the focus is. The few keys that a field had got by then
 * are taken out of it again; outside of fields, and from there on, the page's own listeners see none, nor any Enter.
 * While a modal dialog is open scans are dropped.
 *
 * A plain text that `callback` returns false for is put into the field instead, as it should have been typed; so it is
 * in a dialog. A field for passwords keeps what was typed by a machine unless it is a pack, a head or an IIN.
 */
export function listenForScans(callback) {
  const scanner = new Scanner(callback);
  // Before everything of the page, but not instead of those that count, as we do, whatever passes by the window.
  addEventListener("keydown", (event) => scanner.hear(event), true);
}

class Scanner {
  #callback;
  #run = null;
  #endedAt = -Infinity;
  #timer = 0;
  #replayed = new WeakSet();

  constructor(callback) {
    this.#callback = callback;
  }

  hear(event) {
    if (this.#replayed.has(event) || event.isComposing || MODIFIERS.includes(event.key)) return;
    const at = event.timeStamp;
    const run = this.#run;
    if (run && at - run.last > (run.isScan ? PAUSE_MS : MOST_MS)) this.#finish();
    if (this.#run?.isScan) return this.#goOn(event);
    if (ENDS.includes(event.code) && at - this.#endedAt < LATE_MS) return swallow(event);
    const sign = event.repeat ? null : signOf(event);
    const field = event.target.closest?.(FIELDS) ?? null;
    if (sign === null || (sign === " " && field === null)) return this.#finish(); // a person's key, or a button's
    this.#begin(event, sign, field);
  }

  #begin(event, sign, field) {
    const run = (this.#run ??= { signs: [], held: [], first: event.timeStamp, isScan: false, before: snapshot(field) });
    run.signs.push(sign);
    run.last = event.timeStamp;
    // What is no text yet may be a shortcut: it waits until it is known who pressed it.
    if (field === null || sign === GS) run.held.push(swallow(event));
    if (isScan(run)) {
      run.isScan = true;
      swallow(event);
      takeBack(run.before);
    }
    this.#wait(run.isScan ? PAUSE_MS : MOST_MS);
  }

  #goOn(event) {
    const { signs } = this.#run;
    const sign = ENDS.includes(event.code) ? "\n" : (signOf(event) ?? GS);
    if (sign !== GS || signs.at(-1) !== GS) signs.push(sign);
    this.#run.last = event.timeStamp;
    swallow(event);
    this.#wait(PAUSE_MS);
  }

  #wait(time) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#finish(), time);
  }

  #finish() {
    clearTimeout(this.#timer);
    const run = this.#run;
    this.#run = null;
    if (!run) return;
    if (!run.isScan) return run.held.forEach((event) => this.#replay(event));
    this.#endedAt = run.last;
    const thing = readCode(textOf(run));
    const isUsed = document.querySelector("dialog:modal") === null && this.#callback(thing) !== false;
    if (!isUsed && thing.kind === "text") putIn(run.before, thing.text);
  }

  /** As if it were pressed now, where the focus is now: the key before it may have opened a dialog. */
  #replay(event) {
    const again = new KeyboardEvent("keydown", event);
    this.#replayed.add(again);
    (document.activeElement ?? document.body).dispatchEvent(again);
  }
}

/** What this key is on an American keyboard, GS as scanners spell it (Ctrl+] or F8), or null. */
function signOf({ code, key, shiftKey, ctrlKey, altKey, metaKey }) {
  if (code === "F8" && !(ctrlKey || altKey || metaKey || shiftKey)) return GS;
  if (ctrlKey && code === "BracketRight") return GS;
  if (ctrlKey || altKey || metaKey) return null;
  if (/^Key[A-Z]$/.test(code)) return shiftKey ? code[3] : code[3].toLowerCase();
  if (/^Digit\d$/.test(code)) return shiftKey ? ")!@#$%^&*("[code[5]] : code[5];
  if (/^Numpad\d$/.test(code)) return key.length === 1 ? code[6] : null; // without NumLock it is an arrow
  return PAIRS[code]?.[shiftKey ? 1 : 0] ?? null;
}

function isScan({ signs, first, last, before }) {
  if (signs.length < LEAST_KEYS || last - first > MEAN_MS * (signs.length - 1)) return false;
  return before?.field.type !== "password" || readCode(signs.join("")).kind !== "text";
}

const textOf = ({ signs }) => signs.join("").replace(/[\n\x1d]+$/, "");

function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
  return event;
}

const snapshot = (field) =>
  field && { field, value: field.value, start: field.selectionStart ?? null, end: field.selectionEnd ?? null };

function takeBack(before) {
  if (!before || before.field.value === before.value) return;
  const { field, value, start, end } = before;
  field.value = value;
  if (start !== null) field.setSelectionRange(start, end);
  tellChange(field);
}

function putIn(before, text) {
  if (!before || before.start === null) return;
  before.field.setRangeText(text, before.field.selectionStart, before.field.selectionEnd, "end");
  tellChange(before.field);
}

function tellChange(field) {
  field.dispatchEvent(new Event("input", { bubbles: true }));
  if (field.localName === "select") field.dispatchEvent(new Event("change", { bubbles: true }));
}
