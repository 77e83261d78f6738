// What a scanned text is: a pack of medicine (GS1 General Specifications, section 3), the head of a register as our
// papers print it, an IIN, or a text that says nothing by itself. Pure; trusts no scanner: a pack has its check digit,
// and of several ways to read a pack without its separators only what they agree on is told.

const GS = "\x1d";
const SYMBOLOGY = /^\][A-Za-z][0-9A-Za-z]/; // as `]d2`: sent before the data when the scanner is set so
// A separator in words, or as any run of signs that GS1 data never holds (its character set 82).
const SPELLED = /<(?:GS|FNC1)>|\{(?:GS|FNC1)\}|\[(?:GS|FNC1)\]/gi;
const FOREIGN = /[^!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]+/g;
const HEAD = /^([^\s\x1d]+)[\s\x1d]+(0|[1-9]\d{0,14})[\s\x1d]+([0-9a-f]{64})(?:[\s\x1d]+(0|[1-9]\d{0,14})(?:[\s\x1d]+([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))?)?$/;
// The marking of the Eurasian union and of Kazakhstan: a serial number of 13, then a key and its code.
const MARKED = /^01(\d{14})21([^\x1d]{13})\x1d?91[^\x1d]{4}\x1d?92[^\x1d]{44}$/;
const TAIL = /^91[^\x1d]{4}\x1d?92[^\x1d]{44}$/;
const NAMES = { 10: "lot", 17: "expires_on", 21: "serial" };

/**
 * What `text` is, as a scanner or a camera gives it:
 *
 * - `{kind: "pack", gtin, serial?, lot?, expires_on?, unsure?}`: `gtin` has 14 digits, `expires_on` is a day. `unsure`
 *   where separators were lost: what could be read in two ways is left out, and has to be typed.
 * - `{kind: "head", log, size, root, seq?, id?}`: from a page; `seq` and `id` are of the entry that the paper is about.
 * - `{kind: "iin", iin}`, with its check digit.
 * - `{kind: "text", text}`: a number, the id of a prescription, or what nobody knows.
 */
export function readCode(text) {
  const bare = text.replace(SYMBOLOGY, "").trim();
  const head = HEAD.exec(bare);
  if (head) {
    const [, log, size, root, seq, id] = head;
    return { kind: "head", log, size: Number(size), root, ...(seq && { seq: Number(seq) }), ...(id && { id }) };
  }
  if (isIin(bare)) return { kind: "iin", iin: bare };
  const pack = readPack(bare);
  return pack ? { kind: "pack", ...pack } : { kind: "text", text: bare };
}

function readPack(text) {
  if (/^\d{13,14}$/.test(text)) return hasCheckDigit(text) ? { gtin: text.padStart(14, "0") } : null;
  const spelled = text.startsWith("(") ? text.replace(/\((\d{2,4})\)/g, `${GS}$1`) : text;
  const data = spelled.replace(SPELLED, GS).replace(FOREIGN, GS).replace(/^\x1d|\x1d$/g, "");
  const marked = MARKED.exec(data);
  if (marked) return hasCheckDigit(marked[1]) ? { gtin: marked[1], serial: marked[2] } : null;
  const plain = data.includes(GS) ? [...readings(data, {}, false)] : [];
  const all = (plain.length > 0 ? plain : [...readings(data, {}, true)]).filter(({ gtin }) => gtin);
  return all.length > 0 ? common(all) : null;
}

/** Every way to read `data` as elements, each at most once; `isLost`: also as if separators were missing. */
function* readings(data, found, isLost) {
  if (data.startsWith(GS)) return yield* readings(data.slice(1), found, isLost);
  if (data === "") return yield found;
  const gtin = /^01(\d{14})/.exec(data)?.[1];
  if (gtin && hasCheckDigit(gtin) && !found.gtin) yield* readings(data.slice(16), { ...found, gtin }, isLost);
  const [, kind, digits] = /^(1[1-7])(\d{6})/.exec(data) ?? [];
  const day = digits && toDay(digits);
  if (day) yield* readings(data.slice(8), kind === "17" ? { ...found, expires_on: day } : found, isLost);
  const name = /^(?:10|21)/.test(data) && NAMES[data.slice(0, 2)];
  if (name && !(name in found)) yield* ofAnyLength(name, data.slice(2), found, isLost);
  else if (/^(?:0[2-9]|[2-9]\d)/.test(data)) yield* readings(afterSeparator(data), found, isLost);
}

function* ofAnyLength(name, data, found, isLost) {
  const [value] = data.split(GS, 1);
  for (let length = 1; length <= Math.min(20, value.length); length += 1) {
    const rest = data.slice(length);
    if (length < value.length && !(isLost && mayFollow(rest, name))) continue;
    yield* readings(rest, { ...found, [name]: data.slice(0, length) }, isLost);
  }
}

/** Where no separator stands, only what packs carry is taken for the next element. */
const mayFollow = (rest, name) =>
  /^(?:01\d{14}|1[1-7]\d{6}|10.|21.)/s.test(rest) || (name === "serial" && TAIL.test(rest));

const afterSeparator = (data) => (data.includes(GS) ? data.slice(data.indexOf(GS)) : "");

function common(all) {
  const same = (name) => all.every((reading) => reading[name] === all[0][name]);
  const names = ["gtin", "serial", "lot", "expires_on"];
  const told = {};
  for (const name of names) if (name in all[0] && same(name)) told[name] = all[0][name];
  return names.every(same) ? told : { ...told, unsure: true };
}

/** YYMMDD as a day of this century; day 00 is the last of its month. */
function toDay(digits) {
  const [year, month, day] = digits.match(/../g).map(Number);
  const last = new Date(Date.UTC(2000 + year, month, 0)).getUTCDate();
  if (month < 1 || month > 12 || day > last) return null;
  return `20${digits.slice(0, 2)}-${digits.slice(2, 4)}-${String(day || last).padStart(2, "0")}`;
}

/** GS1: weights 3 and 1 from the right, the check digit's own being 1. */
function hasCheckDigit(digits) {
  const sum = [...digits].reverse().reduce((total, digit, n) => total + Number(digit) * (n % 2 === 0 ? 1 : 3), 0);
  return sum % 10 === 0;
}

const WEIGHTS = [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]]; // prettier-ignore

/** YYMMDD, century and sex, and the check digit of Decree 565 of 2003. */
export function isIin(text) {
  if (!/^\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[1-6]\d{5}$/.test(text)) return false;
  const rests = WEIGHTS.map((weights) => weights.reduce((sum, weight, n) => sum + weight * Number(text[n]), 0) % 11);
  return (rests.find((rest) => rest < 10) ?? -1) === Number(text[11]);
}
