// Times as the register writes them (UTC, microseconds), and as people read them on the facility's clock.

import { Refused } from "./encoding.js";

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;
const MINUTE = 60_000;

/** `YYYY-MM-DDTHH:MM:SS.ffffffZ` of an RFC 3339 text or a Date; Refused for unreal times; years 1000 to 9998. */
export function toTimestamp(at) {
  if (at instanceof Date) return at.toISOString().replace("Z", "000Z");
  const found = RFC_3339.exec(at);
  if (!found) throw new Refused("time_malformed", { time: String(at) });
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number);
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  if (local.toISOString().slice(0, 19) !== at.slice(0, 19)) throw new Refused("time_malformed", { time: at });
  const ahead = found[8] ? Number(`${found[8]}1`) * (Number(found[9]) * 60 + Number(found[10])) : 0;
  const utc = new Date(local.getTime() - ahead * MINUTE).toISOString();
  if (!/^(?!9999)[1-9]\d{3}-/.test(utc)) throw new Refused("time_malformed", { time: at });
  return `${utc.slice(0, 19)}.${(found[7] ?? "").padEnd(6, "0")}Z`;
}

/** `2026-03-02` as journals are dated: 02.03.2026, in English 2 Mar 2026 (browsers have no Kazakh dates). */
export function sayDay(day, lang) {
  const [year, month, date] = day.split("-");
  if (lang !== "en") return `${date}.${month}.${year}`;
  const name = new Intl.DateTimeFormat("en", { month: "short", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
  return `${Number(date)} ${name} ${year}`;
}

/** Day and minute of a time on the clock of `zone`. */
export function sayMoment(at, lang, zone) {
  const { day, minute } = onClock(new Date(at), zone);
  return `${sayDay(day, lang)}, ${minute}`;
}

/** The moment of `2026-03-02T13:42` by the clock of `zone`; looked up again where the clocks changed in between. */
export function fromClock(text, zone) {
  const typed = Date.parse(`${text}Z`);
  const ahead = (at) => {
    const { day, minute } = onClock(new Date(at), zone);
    return Date.parse(`${day}T${minute}Z`) - Math.floor(at / MINUTE) * MINUTE;
  };
  return new Date(typed - ahead(typed - ahead(typed)));
}

/** The local day `2026-03-02` in `zone`. */
export const dayOf = (at, zone) => onClock(at, zone).day;

function onClock(at, zone) {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at); // prettier-ignore
  const part = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return { day: `${part.year}-${part.month}-${part.day}`, minute: `${part.hour}:${part.minute}` };
}
