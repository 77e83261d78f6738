// Enrolment: the one-time code, a way to sign in, recovery codes, then the person's own key to sign with.

import { showStep } from "../dom.js";
import { prepareFactor } from "./factor.js";
import { prepareSigningKey } from "./signing_key.js";

let me = null;
let password = "";
prepareFactor("enrolment", (enrolled, typed) => {
  [me, password] = [enrolled, typed];
  showStep("key");
});
prepareSigningKey(() => me, () => password);
