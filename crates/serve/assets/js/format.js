// Numbers and dates for people.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** 10000 -> 10,000 */
export function count(n) {
  return n === null || n === undefined ? "–" : whole.format(n);
}

/** Four significant digits, no more than are needed; `–` if unknown. */
export function num(v, digits = 4) {
  if (v === null || v === undefined || Number.isNaN(v)) return "–";
  if (v === 0) return "0";
  if (Number.isInteger(v) && Math.abs(v) < 1e7) return whole.format(v);
  const size = Math.abs(v);
  if (size < 1e-4 || size >= 1e7) return v.toExponential(digits - 2).replace("e+", "e");
  if (size >= 1e4) return whole.format(v);
  return String(Number(v.toPrecision(digits)));
}

/** So many decimals, rounded as the report does it: what lies exactly between two goes to the even one. `toFixed` goes up. */
export function fixed(v, decimals) {
  const scaled = v * 10 ** decimals;
  const tie = Number.isInteger(v * 2 ** (decimals + 1)) && Math.abs(scaled % 1) === 0.5;
  return (tie ? (2 * Math.round(scaled / 2)) / 10 ** decimals : v).toFixed(decimals);
}

/** A metric between 0 and 1. */
export function metric(v) {
  return v === null || v === undefined ? "–" : fixed(v, 3);
}

/** A share as per cent, with the digits that the share has in a table: 0.4075 is 0.407 there, and 40.7 % here. */
export function percent(v, digits = 1) {
  if (v === null || v === undefined || Number.isNaN(v)) return "–";
  return `${(100 * Number(fixed(v, digits + 2))).toFixed(digits)}\u00a0%`;
}

/** Seconds. */
export function seconds(v) {
  if (v === null || v === undefined) return "–";
  if (v < 1) return `${num(v * 1000, 3)} ms`;
  return v < 120 ? `${num(v, 3)} s` : `${num(v / 60, 3)} min`;
}

/** Bytes. */
export function bytes(v) {
  if (v < 1024) return `${v} B`;
  return v < 1048576 ? `${(v / 1024).toFixed(0)} KiB` : `${(v / 1048576).toFixed(1)} MiB`;
}

/** An RFC 3339 time in UTC, to the minute. */
export function when(text) {
  return text ? `${text.slice(0, 10)} ${text.slice(11, 16)} UTC` : "–";
}

/** `1 row`, `2 rows` */
export function plural(n, one, many = `${one}s`) {
  return `${count(n)} ${n === 1 ? one : many}`;
}
