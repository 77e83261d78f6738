// Whose paper it is: the code of another register's paper fills the fields of a form that ask for it.

import { find } from "../dom.js";

/** Whether what was read (gs1.js) is such a code, and `form` asks for it. One that names no entry empties those fields. */
export function takeSource(form, { kind, log, seq = "", id = "" }) {
  if (kind !== "head" || !find("[name='body.from_log']", form)) return false;
  for (const [name, value] of Object.entries({ log, seq, id })) {
    const field = find(`[name="body.from_${name}"]`, form);
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  return true;
}
