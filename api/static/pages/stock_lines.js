// Lists of lots: a scanned pack fills a line of a delivery, or finds the line of what goes; a lot that stands there twice
// becomes one line, and says so. The code of a sender's sheet says where an arrival is from.

import "../page.js";

import { find, make, say } from "../dom.js";
import { addRow } from "../rows.js";
import { listenForScans } from "../scanning/keyboard.js";
import { takeSource } from "./source.js";

const form = find("form.entry[data-packs]");
const packs = JSON.parse(form.dataset.packs);
// Looked up each time: the lines change places with those of whoever works here in between.
const list = () => find(".rows[data-list='body.lines']", form);

const itemsOf = () => [...form.querySelectorAll("[data-list='body.lines'] [data-item]")];
const field = (item, name) => find(`[name="${name}"]`, item);
const read = (item, name) => field(item, name)?.value.trim() ?? "";
const tell = (text) => (find(".scanned", form).textContent = text);

function take(thing) {
  if (takeSource(form, thing)) return field(form, "body.document_no").focus();
  if (thing.kind !== "pack") return thing.kind === "text" ? false : undefined;
  const pack = packs[thing.gtin];
  if (!pack) return tell(say("pack_unknown", { gtin: thing.gtin }));
  const isWanted = (item) => productOf(item) === pack.product && (!thing.lot || ["", thing.lot].includes(lotOf(item)));
  const found = itemsOf().filter(isWanted);
  if (list()) return fill(found.at(-1), thing, pack);
  const item = found.find((each) => "usable" in each.dataset) ?? found[0];
  if (!item) return tell(say("pack_not_here", { product: nameOf(pack.product) }));
  add(item, pack);
}

const productOf = (item) => item.dataset.product ?? read(item, "product");
const lotOf = (item) => item.dataset.lot ?? read(item, "lot");
const nameOf = (product) =>
  find(`option[value="${CSS.escape(product)}"], [data-kind=product][data-value="${CSS.escape(product)}"]`)?.textContent.trim() ?? product;

/** One line of a delivery more complete by what the pack says; what it does not say has the cursor. */
function fill(known, { gtin, serial, lot, expires_on }, pack) {
  const serials = (item) => JSON.parse(read(item, "serials") || "[]");
  if (serial && itemsOf().some((item) => serials(item).includes(serial))) return tell(say("pack_again"));
  const item = known ?? itemsOf().find((each) => !read(each, "product") && !read(each, "lot")) ?? addRow(list());
  field(item, "product").value = pack.product;
  if (lot) field(item, "lot").value = lot;
  if (expires_on) field(item, "expires_on").value = expires_on;
  if (field(item, "gtin")) field(item, "gtin").value = gtin;
  if (serial && field(item, "serials")) field(item, "serials").value = JSON.stringify([...serials(item), serial]);
  add(item, pack);
  const empty = ["lot", "expires_on"].map((name) => field(item, name)).find(({ value }) => !value);
  (empty ?? field(item, "units")).focus();
}

function add(item, pack) {
  const units = field(item, "units");
  units.value = Number(units.value || 0) + pack.units;
  units.focus();
  tell(say("pack_taken", { product: nameOf(pack.product), units: units.value }));
}

/** The line joins the one above that has the same lot, once it says how many. */
function merge(item) {
  const same = (name, other) => read(item, name) === read(other, name);
  const twin = itemsOf().find((other) => other !== item && read(other, "units") && same("product", other) && same("lot", other) && same("expires_on", other)); // prettier-ignore
  const added = Number(read(item, "units"));
  if (!twin || !added || !read(item, "product") || !read(item, "lot")) return;
  const [kept, gone] = twin.compareDocumentPosition(item) & Node.DOCUMENT_POSITION_FOLLOWING ? [twin, item] : [item, twin];
  const before = Number(read(kept, "units"));
  const units = before + Number(read(gone, "units"));
  field(kept, "units").value = units;
  const serials = [kept, gone].flatMap((each) => JSON.parse(read(each, "serials") || "[]"));
  if (serials.length > 0) field(kept, "serials").value = JSON.stringify(serials);
  const values = { before, added: units - before, units };
  find(".merged", kept)?.remove();
  kept.append(make("p", { className: "hint merged", role: "status" }, say("merged", values)));
  gone.remove();
  field(kept, "units").focus();
}

form.addEventListener("change", ({ target }) => {
  const item = target.closest("[data-item]");
  if (item && list()?.contains(item)) merge(item);
});
listenForScans(take);
form.addEventListener("click", async ({ target }) => {
  if (!target.closest(".by-camera")) return;
  const { scanWithCamera } = await import("../scanning/camera.js");
  const thing = await scanWithCamera();
  if (thing) take(thing);
});
