// Which units of a lot are destroyed: all of them by one tick, or as many as were typed.

import "../page.js";

import { find } from "../dom.js";

document.addEventListener("input", ({ target }) => {
  const item = target.closest("[data-item]");
  const [all, units] = item ? [find("[data-all]", item), find("[name=units]", item)] : [];
  if (target === all) units.value = all.checked ? all.dataset.all : "";
  if (target === units) all.checked = units.value.trim() === all.dataset.all;
});
