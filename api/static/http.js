// Requests to this site. A problem document becomes a `Problem`, whose sentences are in the caller's language already.

import { randomBytes, toHex } from "./encoding.js";

/** A refusal as the server tells it (RFC 9457): `code`, `detail`, `advice`, `refusals`; `path`: what was asked. */
export class Problem extends Error {
  constructor(status, document) {
    super(document.code ?? String(status));
    this.name = "Problem";
    Object.assign(this, { status, code: "server_fault", detail: "", advice: "", refusals: [], path: "" }, document);
  }
}

let unlock = null;

/** `open()` lets the person show a factor in place when the session is locked, over or not fresh; true: ask again. */
export const whenLocked = (open) => (unlock = open);

/** The JSON answer, or null for an empty one; raises `Problem`, and the browser's TypeError without a network. `reason`: why
 * a patient's data is read. */
export async function ask(method, path, body, reason) {
  const answer = await send(method, path, body, reason);
  const wantsFactor = ["locked", "not_signed_in", "proof_needed"].includes(answer.document?.code);
  if (!wantsFactor || unlock === null || !(await unlock(answer.document))) return read(answer, path);
  return read(await send(method, path, body, reason), path);
}

/** Whether the person opened the lock that `answer` (401) asks for. */
export async function unlockFor(answer) {
  return unlock !== null && (await unlock({ code: answer.headers.get("X-Problem") ?? "locked" }));
}

/** `ask` for what is asked while nobody is signed in: it never opens the lock. */
export const askAnyway = async (method, path, body) => read(await send(method, path, body), path);

async function send(method, path, body, reason) {
  const init = { method, credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json" } };
  if (reason) init.headers["X-Access-Reason"] = encodeURIComponent(reason);
  if (body !== undefined) {
    init.headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  const answer = await fetch(path, init);
  const text = await answer.text();
  const isJson = /\bjson\b/.test(answer.headers.get("Content-Type") ?? "");
  return { status: answer.status, document: isJson && text ? JSON.parse(text) : null };
}

function read({ status, document }, path) {
  if (status >= 400) throw new Problem(status, { ...document, path });
  return document;
}

/** The id of a new command: the same one when it is sent again. Ids that come in the order of time (RFC 9562, 5.7) lie
 * side by side in an index. */
export function newUuid() {
  const bytes = randomBytes(16), at = Date.now();
  new DataView(bytes.buffer).setUint32(2, at % 2 ** 32);
  new DataView(bytes.buffer).setUint16(0, at / 2 ** 32);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
