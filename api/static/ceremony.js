// One ceremony for a list of commands: previewed by the server, checked here, signed by each person who must, recorded
// once. Trusts the person at the screen for what was asked, and the server for nothing that is signed.

import { ask, Problem } from "./http.js";
import { knownRegister, rememberRegister } from "./memory.js";
import { signCeremony } from "./signatures.js";
import { checkPreview, dueSignatories, reopen } from "./statement.js";

/**
 * What is to be signed: `{commands, entries, hashes, message, due, log, signatures}`; nothing is recorded yet. Of each
 * command `offered` holds the warnings and effects.
 *
 * Raises `Problem` where a rule refuses or a warning is not answered (each with the index of its `command`), `Refused` where the server's answer is not what
 * `commands` ask for.
 */
export async function begin(commands) {
  const answer = await ask("POST", "/api/v1/entries/preview", { commands });
  const refusals = answer.entries.flatMap((entry, command) => entry.refusals.map((each) => ({ ...each, command })));
  const warned = answer.entries.flatMap((entry, command) => entry.warnings.map((each) => ({ ...each, command })));
  const open = warned.filter(({ acknowledged }) => !acknowledged);
  const unanswered = open.map((warning) => ({ ...warning, kind: "warning" }));
  const [first] = [...refusals, ...unanswered];
  if (first) {
    const code = refusals.length > 0 ? first.code : "needs_acknowledgement";
    const told = { code, detail: first.said, advice: first.advice, refusals: [...refusals, ...unanswered] };
    throw new Problem(422, { ...told, path: "/api/v1/entries/preview" });
  }
  return toCeremony(commands, answer.entries, answer, knownRegister());
}

/** A ceremony that another person parked, read from what they signed. */
export async function receive(id) {
  const parked = await ask("GET", `/api/v1/entries/wait/${encodeURIComponent(id)}`);
  const commands = parked.entries.map(({ statement, openings }) => reopen(statement, openings));
  // What the first person had seen stays; this browser may have seen newer entries since.
  const known = knownRegister();
  const { seen } = parked.entries[0].statement;
  const then = known && seen?.seq < known.seen.seq ? { ...known, seen } : known;
  const ceremony = await toCeremony(commands, parked.entries, parked, then);
  return { ...ceremony, id, signatures: parked.signatures };
}

async function toCeremony(commands, offered, { sign, keys }, known) {
  const checked = await checkPreview(commands, offered, sign, known);
  const { statement } = checked.entries[0];
  rememberRegister(statement);
  const named = checked.entries.flatMap((entry) => dueSignatories(entry.statement));
  // Whose keys an import.closed lists is known to the register alone; one signatory too many would only be refused.
  const listed = statement.type === "import.closed" ? Object.keys(keys) : [];
  const due = [...new Set([...named, ...listed])];
  const entries = checked.entries.map(({ statement, openings }) => ({ statement, openings }));
  return { ...checked, entries, offered, commands, due, log: statement.log, signatures: [] };
}

/** Who has yet to sign, in order. */
export const waiting = ({ due, signatures }) => due.filter((name) => !signatures.some(({ by }) => by === name));

/** The ceremony with one more signature, by the next who is due. */
export async function signNext(ceremony, holder, password) {
  const signature = await signCeremony(ceremony, holder, { log: ceremony.log, password });
  return { ...ceremony, signatures: [...ceremony.signatures, signature] };
}

/** Record what everybody signed; the receipts. Sending it again records nothing twice. */
export async function record({ entries, signatures, log }) {
  const { receipts } = await ask("POST", "/api/v1/entries", { entries, signatures });
  const { genesis } = entries[0].statement;
  for (const { seq, leaf } of receipts) rememberRegister({ log, genesis, seen: { seq, leaf } });
  return receipts;
}

/** Park what was signed so far until `person` signs it on their own device; `{id, expires_at}`. */
export const park = ({ entries, signatures }, person) =>
  ask("POST", "/api/v1/entries/wait", { entries, signatures, for: person });
