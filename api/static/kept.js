// What this device keeps of a form until it is recorded: what was typed, and the list once it is signed. Encrypted under
// a key that comes with the page to the person who wrote it and is kept nowhere here; the name of the place says nothing.
// Whoever reads this storage learns that something waits. Whoever writes it can only make it forgotten.

import { fromBase64, randomBytes, toBase64, toUtf8 } from "./encoding.js";

const PREFIX = "senim.kept.";
const NONCE_BYTES = 12; // AES-GCM, NIST SP 800-38D, 5.2.1.1
const DAYS = 30;

/**
 * `{read(), change(act)}` of the place: null is read where nothing can be, and what `act` makes of it is kept instead,
 * nothing where that is null. One after the other, also from several tabs: none undoes what another just wrote.
 */
export async function openKept({ slot, key }) {
  const name = PREFIX + slot;
  const secret = await crypto.subtle.importKey("raw", fromBase64(key), "AES-GCM", false, ["encrypt", "decrypt"]);
  const about = toUtf8(name);
  const hold = (act) => navigator.locks.request(name, act);
  forgetOld();

  async function read() {
    try {
      const { iv, data } = JSON.parse(localStorage.getItem(name));
      const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv: fromBase64(iv), additionalData: about }, secret, fromBase64(data));
      return JSON.parse(new TextDecoder().decode(opened));
    } catch {
      return null;
    }
  }

  async function write(value) {
    if (value === null) return localStorage.removeItem(name);
    const iv = randomBytes(NONCE_BYTES);
    const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: about }, secret, toUtf8(JSON.stringify(value)));
    const kept = { at: Date.now(), iv: toBase64(iv), data: toBase64(new Uint8Array(data)) };
    localStorage.setItem(name, JSON.stringify(kept));
  }

  return { read: () => hold(read), change: (act) => hold(async () => write(act(await read()))) };
}

/** What nobody came back to. A signed list that was never sent is written down on the family's slip, too. */
function forgetOld() {
  for (const name of Object.keys(localStorage).filter((each) => each.startsWith(PREFIX))) {
    const { at } = JSON.parse(localStorage.getItem(name));
    if (Date.now() - at > DAYS * 86_400_000) localStorage.removeItem(name);
  }
}
