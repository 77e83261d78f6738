// A note of another facility: its register and number are taken from the code that is shown to the camera or scanned.

import "./family.js";

import { attempt, find } from "../dom.js";
import { listenForScans } from "../scanning/keyboard.js";

const form = find("#note");
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

const put = (name, value) => (find(`[name="body.${name}"]`, form).value = value);

function take(read) {
  if (read?.kind === "head") {
    put("from_log", read.log);
    put("from_seq", read.seq ?? "");
    put("from_id", read.id ?? ""); // of the note before, if it named one
    return true;
  }
  const id = read?.kind === "text" && UUID.exec(read.text);
  if (id) put("from_id", id[0]);
  return Boolean(id);
}

listenForScans(take);
form.addEventListener("click", ({ target }) => target.closest(".scan") && attempt(form, scan));

async function scan() {
  const { scanWithCamera } = await import("../scanning/camera.js");
  take(await scanWithCamera());
}
