// Why a row is odd: each feature with its value, what is usual for it, and its share of the score.

import { el } from "../dom.js";
import { num, percent } from "../format.js";

/** The features that contributed most. */
export function reasons(top) {
  if (!top || top.length === 0) return "–";
  return top.map((reason) => {
    const fill = el("span", { class: reason.share < 0 ? "fill less" : "fill" });
    fill.style.width = `${Math.min(100, 100 * Math.abs(reason.share))}%`;
    return el("div", { class: "share reason" },
      el("span", { class: "name", title: reason.feature }, el("strong", {}, reason.feature), ` ${valueOf(reason.value)}`, el("span", { class: "note" }, usualOf(reason.usual))),
      el("span", { class: "track", "aria-hidden": "true" }, fill), el("span", { class: "value" }, percent(reason.share)));
  });
}

function valueOf(value) {
  if (value === null || value === undefined) return "is missing";
  return typeof value === "number" ? num(value, 5) : String(value);
}

/** `, usual 0 to 0.2`; nothing where nothing is known. */
function usualOf(usual) {
  if (!usual) return "";
  if (usual.values) {
    const named = usual.values.slice(0, 2).map(({ value, share }) => `${value} ${percent(share, 0)}`).join(", ");
    return named ? `, usual ${named}` : "";
  }
  if (usual.low === null) return "";
  return usual.low === usual.high ? `, usual ${num(usual.low)}` : `, usual ${num(usual.low)} to ${num(usual.high)}`;
}
