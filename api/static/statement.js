// From a command to the statement that people sign, and the check that a server's preview says just what was asked.
// Trusts what was typed and what this browser remembers of the register; of the server's answer, only the openings'
// keys, the newest entry seen and which values it seals, all of which it then recomputes.

import { toBytes, toText } from "./canonical.js";
import { fromBase64, randomBytes, Refused, sha256, toBase64, toHex, toUtf8 } from "./encoding.js";
import { commitAll } from "./sealed.js";
import { toTimestamp } from "./times.js";

const SIGN_TAG = "senim/sign/v1\n";
const REQUIRED = ["id", "type", "occurred_at", "performer", "body"];
const OPTIONAL = ["witness", "witness_pending", "acknowledged", "late_reason", "sheet"];
const MOST_BYTES = 61_440;
const SEALABLE = /^(body\..+|late_reason|acknowledged\.\d+\.reason)$/;
const INDEX = /^(0|[1-9]\d{0,8})$/;

/** The command as the register reads it: nulls left out, times in UTC, acknowledgements sorted by code. */
export function normalise(command) {
  const asked = clean(command);
  for (const member of REQUIRED) if (asked[member] === undefined) throw new Refused("field_missing", { field: member });
  for (const member of Object.keys(asked)) {
    if (![...REQUIRED, ...OPTIONAL].includes(member)) throw new Refused("field_unknown", { field: member });
  }
  asked.acknowledged = (asked.acknowledged ?? []).sort((one, other) => (one.code < other.code ? -1 : 1));
  return asked;
}

/** New openings for the values of `command` at these paths, each under a random key of its own. */
export const makeOpenings = (command, paths) =>
  paths.map((path) => ({ path, value: valueAt(normalise(command), path), key: toBase64(randomBytes(32)) }));

/** The statement of `command`, sealed by `openings` and bound to `{log, genesis, seen}`. */
export async function buildStatement(command, openings, { log, genesis, seen }) {
  const open = normalise(command);
  for (const { path, value } of openings) {
    if (!SEALABLE.test(path)) throw new Refused("sealed_path_unknown", { path });
    if (toText(take(open, path)) !== toText(value)) throw new Refused("opening_differs", { path });
  }
  const statement = {
    id: open.id, log, genesis, seen: { seq: seen.seq, leaf: seen.leaf }, type: open.type,
    occurred_at: open.occurred_at, performer: open.performer, witness: open.witness ?? null,
    acknowledged: open.acknowledged, late_reason: null, body: withoutEmptied(open.body),
  }; // prettier-ignore
  if (open.late_reason !== undefined) throw new Refused("late_reason_in_clear");
  for (const member of ["witness_pending", "sheet"]) if (open[member] !== undefined) statement[member] = open[member];
  const commitments = await commitAll(openings, { log, id: open.id });
  if (commitments.size > 0) statement.sealed = Object.fromEntries(commitments);
  return statement;
}

/** The command that a statement came from: each opened value back at its path. */
export function reopen(statement, openings) {
  const { log, genesis, seen, sealed, ...command } = structuredClone(statement);
  for (const { path, value } of openings) {
    const steps = path.split(".");
    const step = steps.pop();
    const holder = steps.reduce((place, name) => {
      if (isObject(place) && !Object.hasOwn(place, name)) define(place, name, {});
      return memberOf(place, name);
    }, command);
    if (!isObject(holder)) throw new Refused("sealed_path_unknown", { path });
    define(holder, step, value);
  }
  return command;
}

export const hashStatement = async (statement) => toHex(await sha256(toBytes(statement)));

/** What every signatory of a ceremony signs: the tag and the statements' hashes in their order, one a line. */
export const toSignedBytes = (hashes) => toUtf8(SIGN_TAG + hashes.map((hash) => `${hash}\n`).join(""));

/** Who signs, in order: performer, witness, commission, each once. */
export function dueSignatories(statement) {
  const commission = Array.isArray(statement.body.commission) ? statement.body.commission : [];
  const names = [statement.performer, statement.witness, ...commission];
  return [...new Set(names.filter((name) => typeof name === "string"))];
}

/**
 * Refused unless the previewed `entries` (`[{statement, openings}]`) and `sign` (base64) are what `commands` ask for,
 * in this register and after everything it is remembered to hold. Returns `{entries, hashes, message}` to be signed.
 *
 * `known` is `{log, genesis, seen}` as remembered, or null in a browser that meets a register for the first time.
 */
export async function checkPreview(commands, entries, sign, known) {
  if (entries.length !== commands.length || commands.length === 0) throw new Refused("entries_differ");
  const hashes = [];
  for (const [n, { statement, openings }] of entries.entries()) {
    checkBinding(statement, known ?? entries[0].statement);
    const built = await buildStatement(commands[n], openings, statement);
    if (toText(built) !== toText(statement)) {
      throw new Refused("statement_differs", { field: differing(built, statement) });
    }
    if (toBytes(built).length > MOST_BYTES) throw new Refused("entry_too_large");
    hashes.push(await hashStatement(built));
  }
  if (new Set(hashes).size !== hashes.length) throw new Refused("entries_differ");
  const message = toSignedBytes(hashes);
  if (toText(Array.from(fromBase64(sign))) !== toText(Array.from(message))) throw new Refused("signed_bytes_differ");
  return { entries, hashes, message };
}

/** The statement stands on the remembered register, and on no older state of it. */
function checkBinding({ log, genesis, seen }, known) {
  if (log !== known.log || genesis !== known.genesis) throw new Refused("register_differs", { log });
  if (!Number.isSafeInteger(seen?.seq) || seen.seq < known.seen.seq) throw new Refused("seen_older");
  if (seen.seq === known.seen.seq && seen.leaf !== known.seen.leaf) throw new Refused("register_differs", { log });
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function clean(value, name = "") {
  if (Array.isArray(value)) return value.map((item) => clean(item));
  if (typeof value === "string" && name.endsWith("_at")) return toTimestamp(value);
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, clean(member, key)]));
}

function withoutEmptied(value) {
  if (Array.isArray(value)) return value.map(withoutEmptied);
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([key, member]) => [key, withoutEmptied(member)]);
  return Object.fromEntries(members.filter(([, member]) => !isObject(member) || Object.keys(member).length > 0));
}

// Not an assignment: a path may say `__proto__`.
const define = (holder, name, value) =>
  Object.defineProperty(holder, name, { value, configurable: true, enumerable: true, writable: true });

function valueAt(value, path) {
  const { holder, step } = placeOf(value, path);
  return holder[step];
}

function take(value, path) {
  const { holder, step } = placeOf(value, path);
  const taken = holder[step];
  if (typeof taken === "object" || Array.isArray(holder)) throw new Refused("sealed_path_unknown", { path });
  delete holder[step];
  return taken;
}

function placeOf(value, path) {
  const steps = path.split(".");
  const step = steps.pop();
  const holder = steps.reduce(memberOf, value);
  if (memberOf(holder, step) === undefined) throw new Refused("sealed_path_unknown", { path });
  return { holder, step };
}

function memberOf(holder, step) {
  if (Array.isArray(holder)) return INDEX.test(step) ? holder[step] : undefined;
  return isObject(holder) && Object.hasOwn(holder, step) ? holder[step] : undefined;
}

function differing(built, offered) {
  const members = [...Object.keys(built), ...Object.keys(offered)];
  const isEqual = (name) => JSON.stringify(built[name]) === JSON.stringify(offered[name]);
  const name = members.find((member) => !isEqual(member)) ?? "";
  return name === "body" ? `body.${differing(built.body, Object(offered.body))}` : name;
}
