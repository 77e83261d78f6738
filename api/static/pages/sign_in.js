// Sign-in: the cursor stands where the shortest way is.

import { find, setReady } from "../dom.js";
import { preparePasswords } from "../passwords.js";
import { prepareSignIn } from "../signing_in.js";

const box = find("[data-sign-in]");
const reset = prepareSignIn(box, ({ keys }) => location.assign(cameFrom() ?? (keys.length > 0 ? "/" : "/account/keys")));
preparePasswords();
setReady();
if (!(await reset(""))) {
  (find(".people button", box) ?? find("[data-by=passkey]:not([hidden]) button, [name=person]", box)).focus();
}

/** The page of this site that asked for somebody to sign in. */
function cameFrom() {
  const to = new URLSearchParams(location.search).get("to");
  return to && URL.canParse(to, location.href) && new URL(to, location.href).origin === location.origin ? to : null;
}
