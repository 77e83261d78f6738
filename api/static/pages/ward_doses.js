// Doses that are due, each on a card with its button.

import "./ward_scan.js";

import { find } from "../dom.js";
import { prepareDose } from "./ward_since.js";

for (const card of document.querySelectorAll(".dose")) prepare(card);

function prepare(card) {
  const form = find("form.entry", card);
  if (form) prepareDose(form, (fresh) => replace(card, fresh));
}

function replace(card, fresh) {
  card.replaceWith(fresh);
  prepare(fresh);
  find(".since", fresh).focus();
}
