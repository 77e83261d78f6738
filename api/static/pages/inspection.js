// The inspector's pages: a printed head by camera or scanner, findings in parts that came later, and the protocol, whose
// fingerprint is signed with the closing.

import "../page.js";

import { find, texts, whenPressed } from "../dom.js";
import { prepareEntryForm } from "../entry_form.js";
import { ask } from "../http.js";

const COMPARED = "senim.compared";
const head = find("#head");
if (head) {
  const take = (thing) => {
    if (thing?.kind !== "head") return false;
    head.elements.log.value = thing.log;
    head.elements.size.value = thing.size;
    head.elements.root.value = thing.root;
    head.requestSubmit();
    return true;
  };
  // What is typed by hand is not what the camera read.
  head.addEventListener("input", () => (head.elements.log.value = ""));
  const listen = async () => (await import("../scanning/keyboard.js")).listenForScans(take);
  head.addEventListener("focusin", listen, { once: true });
  whenPressed(find("#head-camera"), head, async () => {
    const { scanWithCamera } = await import("../scanning/camera.js");
    take(await scanWithCamera());
  });
}

// Forms that came with a part of the page; and what was compared goes into the protocol of the visit.
document.addEventListener("htmx:after:swap", () => {
  const compared = find("#head-told");
  if (compared) sessionStorage.setItem(COMPARED, compared.dataset.head.trim());
  for (const form of document.querySelectorAll("form.entry[data-own]:not([data-prepared])")) {
    form.dataset.prepared = "";
    prepareEntryForm(form);
  }
});

const closing = find("#closing");
const make = find("#make-protocol");
if (make) {
  whenPressed(make, closing, async () => {
    const printed = sessionStorage.getItem(COMPARED);
    const wanted = { language: texts.lang, entry: Number(make.dataset.visit), ...(printed && { head: printed }) };
    const issued = await ask("POST", "/api/v1/reports/verification", wanted);
    closing.elements["body.protocol_sha256"].value = issued.sha256;
    const link = find("#protocol");
    link.href = issued.href;
    link.hidden = false;
    link.focus();
  });
}
