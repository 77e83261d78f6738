// Scans where doses are given and counted, by keyboard or camera: a wristband leads to its patient, a pack to its lot in
// what is given, broke or is counted. A scan fills in and never signs; what it cannot place, it says.

import "../page.js";

import { find, make, say } from "../dom.js";
import { addRow } from "../rows.js";
import { listenForScans } from "../scanning/keyboard.js";

const search = () => find("form[hx-post='/ward/find']");
const tell = (...said) => (find(".scanned").textContent = said.filter(Boolean).join(" "));
let isScanned = false;

function hear(thing) {
  if (!find(".scanned")) return thing.kind !== "text";
  if (thing.kind === "pack") return takePack(thing);
  if (thing.kind === "head" || !search()) return thing.kind !== "text";
  if (thing.kind === "text" && document.activeElement.matches("form.entry input")) return false;
  seek(thing.iin ?? thing.text);
}

/** At the bedside htmx comes only with the first scan of somebody. */
async function seek(text) {
  tell();
  const { parts } = search().dataset;
  if (parts && !window.htmx && !(await load(parts))) return tell(say("offline"));
  isScanned = true;
  search().elements.q.value = text;
  search().requestSubmit();
}

const load = (src) =>
  new Promise((resolve) => {
    const onload = () => setTimeout(resolve, 0, true); // it begins in a task of its own
    document.head.append(make("script", { src, onload, onerror: () => resolve(false) }));
  });

/** Who stands alone on the list of a scan is who is meant. */
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.sourceElement !== search() || !isScanned) return;
  isScanned = false;
  const [only, ...others] = document.querySelectorAll("#hits .hit");
  if (only && others.length === 0 && !find("#hits .state")) location.assign(only.href);
  else find("#hits").scrollIntoView({ block: "nearest" });
});

function takePack({ gtin, lot }) {
  const pack = JSON.parse(find(".scanned").dataset.packs)[gtin];
  if (!pack) return tell(say("pack_unknown", { gtin }));
  const count = find("form.count");
  if (count) return goToLine(count, pack, lot);
  if (find("#q")) return tell(say("pack_patient_first"));
  const forms = [...document.querySelectorAll("form.entry")];
  const isThere = (form) => selectsOf(form).some((select) => optionsOf(select, pack).length > 0);
  const at = document.activeElement.closest("form.entry");
  const form = at && isThere(at) ? at : forms.find(isThere);
  if (!form) return tell(say("pack_not_here", { product: pack.said }));
  choose(form, pack, lot);
}

const selectsOf = (form) => [...form.querySelectorAll("[data-pack]")].filter((select) => !select.closest("[hidden], [data-off]"));
const optionsOf = (select, { product }) => [...select.options].filter(({ dataset }) => dataset.product === product);

/** The lot of the pack in `form`, in a further line of a syringe where every one has its drug. */
function choose(form, pack, lot) {
  const found = optionsOf(selectsOf(form).find((select) => optionsOf(select, pack).length > 0), pack);
  if (lot && !found.some(({ value }) => value === lot)) return tell(say("pack_lot_not_here", { product: pack.said, lot }));
  const chosenOf = (select) => select.selectedOptions[0]?.dataset.product;
  const selects = selectsOf(form);
  const [closed] = selects.map((each) => each.closest("details:not([open])")).filter(Boolean);
  if (closed) closed.open = true;
  const select =
    selects.find((each) => chosenOf(each) === pack.product) ?? selects.find((each) => !each.value) ?? oneMore(form) ?? selects[0];
  const options = optionsOf(select, pack);
  const option = options.find(({ value }) => value === lot) ?? options.find(({ selected }) => selected) ?? options[0];
  option.selected = true;
  select.dispatchEvent(new Event("change", { bubbles: true }));
  select.focus();
  const said = option.textContent.startsWith(pack.said) ? option.textContent : `${pack.said}, ${option.textContent}`;
  const isOrdered = !find("[name='body.ordered_by']", form);
  tell(say("pack_chosen", { said }), !lot && say("pack_without_lot"), !isOrdered && say("pack_without_course"));
}

const oneMore = (form) => find(".rows", form) && find("[data-pack]", addRow(find(".rows", form)));

/** What is in it is typed by whoever counts. */
function goToLine(form, { product, said }, lot) {
  const items = [...form.querySelectorAll("[data-item]")].filter((item) => read(item, "product") === product);
  const item = items.find((each) => !lot || ["", lot].includes(read(each, "lot"))) ?? newLine(form, product, lot);
  if (!item) return tell(say("pack_not_here", { product: said }));
  find("[name=units], [name=empty]", item).focus();
  tell(say("pack_line", { product: said }), !lot && read(item, "lot") && say("pack_without_lot"));
}

function newLine(form, product, lot = "") {
  const list = find(".rows", form);
  if (!list || !find(`option[value="${CSS.escape(product)}"]`, find("template", list).content)) return null;
  const item = addRow(list);
  find("[name=product]", item).value = product;
  find("[name=lot]", item).value = lot;
  return item;
}

const read = (item, name) => find(`[name=${name}]`, item)?.value.trim() ?? "";

listenForScans(hear);
document.addEventListener("click", async ({ target }) => {
  if (!target.closest(".by-camera")) return;
  const { scanWithCamera } = await import("../scanning/camera.js");
  const thing = await scanWithCamera();
  if (thing) hear(thing);
});
