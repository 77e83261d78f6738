// Search: what is scanned is looked for at once.

import "../page.js";
import { find } from "../dom.js";
import { listenForScans } from "../scanning/keyboard.js";

listenForScans((thing) => {
  if (thing.kind === "head") return thing.seq !== undefined && location.assign(`/entries/${thing.seq}`);
  find("#q").value = thing.gtin ?? thing.iin ?? thing.text;
  find("#search").requestSubmit();
});
