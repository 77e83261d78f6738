// Passwords that are typed unseen: a word about Caps Lock, and a tick that shows what was typed, for a keyboard in the
// wrong language. Hidden again as soon as the form is sent or emptied.

import { make, say } from "./dom.js";

/** Prepare every password in `root`; the tick stands behind the last thing of the form, or of the field's paragraph. */
export function preparePasswords(root = document) {
  const fields = [...root.querySelectorAll("input[type=password]")];
  for (const field of fields) tellCapsLock(field);
  for (const place of new Set(fields.map((field) => field.closest("p") ?? field.form))) {
    offerToShow(place, fields.filter((field) => place.contains(field)));
  }
}

function tellCapsLock(field) {
  const told = make("p", { className: "hint caps", role: "status" });
  field.after(told);
  const look = (event) => (told.textContent = event.getModifierState?.("CapsLock") ? say("caps_lock") : "");
  field.addEventListener("keydown", look);
  field.addEventListener("keyup", look); // and not when it is left: what is being clicked would move away
}

function offerToShow(place, fields) {
  const tick = make("input", { type: "checkbox" });
  const show = (isShown) => {
    tick.checked = isShown;
    for (const field of fields) field.type = isShown ? "text" : "password";
  };
  tick.addEventListener("change", () => show(tick.checked));
  for (const ended of ["submit", "reset"]) fields[0].form.addEventListener(ended, () => show(false));
  place.append(make("label", { className: "tick" }, tick, ` ${say("show_password")}`));
}
