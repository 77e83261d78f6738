// A count that something overtook: the lines that moved are marked, and counted again before it is signed.

import "../page.js";

import { attempt, find } from "../dom.js";
import { ask } from "../http.js";
import { listenForScans } from "../scanning/keyboard.js";

const form = find("form.entry");
const notice = () => find(".moved", form);
const packs = JSON.parse(form.dataset.packs);

form.addEventListener("refused", ({ detail }) => {
  const stale = detail.filter(({ code }) => code === "count_stale");
  notice().hidden = stale.length === 0;
  const typed = [...form.querySelectorAll("[data-item]")].filter((item) => find("[name=units]", item).value.trim());
  for (const { field } of stale) {
    const item = typed[Number(field?.split(".").at(2))];
    if (item) find("[name=units]", item).setAttribute("aria-invalid", "true");
  }
});

form.addEventListener("click", ({ target }) => target.closest(".moved .again") && attempt(form, goOn));

async function goOn() {
  const { size } = await ask("GET", "/api/v1/health");
  find("[name='body.as_of_seq']", form).value = size - 1;
  notice().hidden = true;
  for (const marked of form.querySelectorAll("[aria-invalid]")) marked.removeAttribute("aria-invalid");
}

/** A scanned pack brings the cursor to its line; what is in it is typed by whoever counts. */
listenForScans((thing) => {
  if (thing.kind === "text") return false;
  const product = thing.kind === "pack" && packs[thing.gtin]?.product;
  if (!product) return undefined;
  const items = [...form.querySelectorAll(`[data-item][data-product="${CSS.escape(product)}"]`)];
  const item = items.find(({ dataset }) => dataset.lot === thing.lot) ?? items[0];
  if (item) find("[name=units]", item).focus();
});
