// What this browser remembers between visits: the register it knows (entry 0 and the newest entry seen), so that no
// server can show it another or an older one; and who signed in here today, with their own wrapped keys.
// Whoever can write this storage can make the browser forget, not sign.

const REGISTER = "senim.register";
const PEOPLE = "senim.people";

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

/** `{log, genesis, seen: {seq, leaf}}`, or null where no register was met yet. */
export const knownRegister = () => read(REGISTER);

/** Note a newer state of the register; an older one, or that of another register, changes nothing. */
export function rememberRegister({ log, genesis, seen }) {
  const known = knownRegister();
  if (known && (known.log !== log || known.genesis !== genesis || seen.seq <= known.seen.seq)) return;
  localStorage.setItem(REGISTER, JSON.stringify({ log, genesis, seen: { seq: seen.seq, leaf: seen.leaf } }));
}

export const forgetRegister = () => localStorage.removeItem(REGISTER);

/** Who signed in on this device on the local day `today`, the latest first: `[{person, name, keys}]`. */
export function peopleOfToday(today) {
  const kept = read(PEOPLE);
  if (kept?.on === today) return kept.people;
  localStorage.removeItem(PEOPLE);
  return [];
}

export function rememberPerson(someone, today) {
  const others = peopleOfToday(today).filter((other) => other.person !== someone.person);
  localStorage.setItem(PEOPLE, JSON.stringify({ on: today, people: [someone, ...others].slice(0, 9) }));
}

export function forgetPerson(person, today) {
  const people = peopleOfToday(today).filter((other) => other.person !== person);
  localStorage.setItem(PEOPLE, JSON.stringify({ on: today, people }));
}
