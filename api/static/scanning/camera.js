// The camera as a scanner, in a dialog of its own. Import it only when it is asked for: with it comes a megabyte that
// reads symbols, in a worker that stays for the next time.

import { make, say, tell } from "../dom.js";
import { readCode } from "./gs1.js";

const PAUSE_MS = 150;
const ENOUGH = 3;
const WANTED = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
const SAID = {
  NotAllowedError: "camera_refused",
  NotReadableError: "camera_busy",
  AbortError: "camera_busy",
  NotFoundError: "camera_missing",
  OverconstrainedError: "camera_missing",
};

const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const failed = new Promise((_, reject) => {
  worker.addEventListener("error", ({ message }) => reject(new Error(message || "the reader did not start")));
});
failed.catch(() => {}); // told to whoever waits for a picture

/** What was shown to the camera (`readCode`), or null when the dialog was closed without. */
export async function scanWithCamera() {
  const video = make("video", { muted: true, autoplay: true, playsInline: true });
  const problem = make("div", { className: "problem", role: "alert" });
  const title = make("h2", { id: "camera-title" }, say("camera_title"));
  const close = make("button", { type: "button", className: "close" }, say("camera_close"));
  const dialog = make("dialog", { className: "camera", "aria-labelledby": title.id }, title, video, problem, close);
  const closed = new Promise((resolve) => dialog.addEventListener("close", () => resolve(null)));
  dialog.addEventListener("close", () => turnOff(video)); // at once, also while a picture is still being read
  const closeWhenHidden = () => document.hidden && dialog.close();
  close.addEventListener("click", () => dialog.close());
  document.addEventListener("visibilitychange", closeWhenHidden);
  document.body.append(dialog);
  dialog.showModal();
  try {
    return await Promise.race([closed, look(dialog, video)]);
  } catch (error) {
    turnOff(video);
    video.hidden = true;
    if (error.name in SAID) problem.replaceChildren(make("p", {}, say(SAID[error.name])));
    else tell(error, problem);
    return await closed;
  } finally {
    document.removeEventListener("visibilitychange", closeWhenHidden);
    turnOff(video); // the event of closing comes later than the answer
    dialog.close();
    dialog.remove();
  }
}

async function look(dialog, video) {
  if (!navigator.mediaDevices) throw new DOMException("", "NotFoundError"); // so it is where the page came without TLS
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: WANTED });
  if (!dialog.open) return turnOff(video);
  await video.play();
  const seen = new Map();
  while (dialog.open && !document.querySelector("#lock[open]")) {
    const found = choose(await readTexts(video), seen);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return null;
}

function turnOff(video) {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
}

/** The first that says all it can; one that says less only when there is no better, in three pictures. */
function choose(texts, seen) {
  const things = texts.map(readCode);
  const best = things.find(({ kind, serial }) => serial || kind === "head" || kind === "iin");
  if (best) return best;
  for (const [n, text] of texts.entries()) {
    if (/^https?:/i.test(text)) continue; // packs show where their leaflet is
    seen.set(text, (seen.get(text) ?? 0) + 1);
    if (seen.get(text) >= ENOUGH) return things[n];
  }
  return null;
}

const canvas = make("canvas");
const drawing = canvas.getContext("2d", { willReadFrequently: true });

async function readTexts(video) {
  const { videoWidth: width, videoHeight: height } = video;
  if (width === 0) return [];
  Object.assign(canvas, { width, height });
  drawing.drawImage(video, 0, 0);
  const image = drawing.getImageData(0, 0, width, height);
  const { port1: mine, port2: its } = new MessageChannel();
  const answer = new Promise((resolve) => (mine.onmessage = ({ data }) => resolve(data)));
  worker.postMessage(image, [image.data.buffer, its]);
  const { texts, fault } = await Promise.race([answer, failed]);
  mine.close();
  if (fault) throw new Error(fault);
  return texts;
}
