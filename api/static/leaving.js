// Whoever leaves a page on which something was typed that nothing keeps is asked first, by the browser in its own words.

/** Forms in which whoever is here typed since they came: a browser fills some in by itself. */
export let begun = new WeakSet();
const typed = new Set();
let isAside = () => false;

/** `isAside(form)`: whether what is written in it waits for another person. */
export const minds = (asked) => (isAside = asked);

/** Whether a field of a form says something else than when it came. */
export function isChanged(field) {
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  if (!field.matches("select")) return field.matches("input, textarea") && field.value !== field.defaultValue;
  const first = [...field.options].find(({ defaultSelected }) => defaultSelected) ?? field.options[0];
  return field.selectedOptions[0] !== first;
}

/** Whether leaving would lose something. */
export const wouldLose = () => [...typed].some((form) => isAside(form) || (form.isConnected && [...form.elements].some(isChanged)));

document.addEventListener("input", ({ target }) => {
  const form = target.closest?.("form.entry");
  if (form) begun.add(form);
  if (form && !(form.dataset.draft && (form.dataset.slot ?? document.body.dataset.slot))) typed.add(form);
});
document.addEventListener("senim:person", () => (begun = new WeakSet()));
document.addEventListener("recorded", ({ target }) => typed.delete(target));
addEventListener("beforeunload", (event) => wouldLose() && event.preventDefault());
