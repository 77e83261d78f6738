// Lists of lines in a form: one more by its button or F7, one less by its cross. Their fields get ids of their own.

import { find } from "./dom.js";

let made = 0;

/** One more line in `list`; the first field of it has the cursor. */
export function addRow(list) {
  const [row] = find("template", list).content.cloneNode(true).children;
  nameAnew(row);
  find(".add-row", list).closest("p").before(row);
  find("input, select", row).focus();
  return row;
}

/** Labels and their fields keep belonging to each other. */
function nameAnew(row) {
  const mark = `-row-${(made += 1)}`;
  for (const label of row.querySelectorAll("label[for]")) label.htmlFor += mark;
  for (const field of row.querySelectorAll("[id]")) field.id += mark;
  for (const field of row.querySelectorAll("[aria-describedby]")) field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby")}${mark}`);
}

/** Give each line of the lists in `root` ids of its own. */
export function nameRows(root) {
  for (const row of root.querySelectorAll(".rows > [data-item]")) nameAnew(row);
}

export function prepareRows() {
  nameRows(document);
  document.addEventListener("click", ({ target }) => {
    if (target.closest(".add-row")) addRow(target.closest("[data-list]"));
    const drop = target.closest(".drop-row");
    if (drop) dropRow(drop.closest("[data-item]"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F7" || document.querySelector("dialog[open]")) return;
    const list = event.target.closest?.("form")?.querySelector(".rows") ?? find(".rows");
    if (!list) return;
    event.preventDefault();
    addRow(list);
  });
}

function dropRow(row) {
  const near = row.previousElementSibling?.matches("[data-item]") ? row.previousElementSibling : row.nextElementSibling;
  row.remove();
  find("input, select, button", near)?.focus();
}
