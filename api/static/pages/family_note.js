// A note of another facility: its register and number are taken from the code that is shown to the camera or scanned.

import "./family.js";

import { attempt, find } from "../dom.js";
import { listenForScans } from "../scanning/keyboard.js";
import { takeSource } from "./source.js";

const form = find("#note");
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

function take(read) {
  if (takeSource(form, read)) return true;
  const id = read.kind === "text" && UUID.exec(read.text);
  if (id) find("[name='body.from_id']", form).value = id[0];
  return Boolean(id);
}

listenForScans(take);
form.addEventListener("click", ({ target }) => target.closest(".scan") && attempt(form, scan));

async function scan() {
  const { scanWithCamera } = await import("../scanning/camera.js");
  const read = await scanWithCamera();
  if (read) take(read);
}
