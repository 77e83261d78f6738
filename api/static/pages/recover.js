// Recovery: one of the codes kept on paper makes a new way to sign in. Keys to sign with are not touched.

import { prepareFactor } from "./factor.js";

prepareFactor("recovery", () => location.assign("/account/keys"));
