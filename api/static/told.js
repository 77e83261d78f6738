// What was just done, said on the page that follows.

import { find } from "./dom.js";

const KEPT = "senim.told";

/** Say `text` on the page that is shown next. */
export const flash = (text) => sessionStorage.setItem(KEPT, text);

/** Say it here. */
export function say(text) {
  find(".told").textContent = text;
}

/** Say what the page before left to be said. */
export function sayKept() {
  const kept = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  if (kept) say(kept);
}
