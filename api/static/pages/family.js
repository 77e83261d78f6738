// At the family's table: the text to read aloud in either language, and figures that `=` fills with what is likely.

import "../page.js";

document.addEventListener("click", ({ target }) => {
  const spoken = target.closest("[data-aloud] button[lang]");
  if (spoken) speak(spoken.closest("[data-aloud]"), spoken.value);
  const same = target.closest(".same");
  if (same) takeLikely(same.closest(".counts").querySelector("[data-likely]"));
});
document.addEventListener("input", ({ target }) => {
  if (target.matches("[data-likely]") && target.value.includes("=")) takeLikely(target);
});
// The key of a phone's digits goes to the next figure; it never signs.
document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (key !== "Enter" || !target.matches("form.entry input")) return;
  event.preventDefault();
  const fields = [...target.form.querySelectorAll("input:not([type=hidden]), select")].filter((each) => each.checkVisibility());
  fields[fields.indexOf(target) + 1]?.focus();
});

function speak(texts, lang) {
  for (const each of texts.querySelectorAll("div[lang]")) each.hidden = each.lang !== lang;
  for (const each of texts.querySelectorAll("button[lang]")) each.ariaPressed = String(each.value === lang);
}

function takeLikely(field) {
  field.value = field.dataset.likely;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
