// One row, opened: every feature in its own unit, its usual range, its reconstruction and its share of
// the score.

import { el, problem, busy } from "./dom.js";
import { num, percent, plural } from "./format.js";
import { localTable } from "./table.js";

/** Opens a dialog with what `work` resolves to: `{title, nodes}`. The focus goes back when it closes, and `closed()` is called. */
export function openDialog(title, work, closed = () => {}) {
  const back = document.activeElement;
  const heading = el("h2", { id: "dialog-title", tabindex: "-1" }, title);
  const body = el("div", {}, busy("Reading the row …"));
  const dialog = el("dialog", { "aria-labelledby": "dialog-title" },
    el("div", { class: "head" }, heading, el("button", { type: "button", onclick: () => dialog.close() }, "✕ Close")), body);
  dialog.addEventListener("close", () => { dialog.remove(); back?.focus?.(); closed(); });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  addEventListener("hashchange", () => dialog.close(), { once: true });
  document.body.append(dialog);
  dialog.showModal();
  heading.focus();
  work().then((nodes) => body.replaceChildren(...nodes.flat().filter(Boolean)), (error) => body.replaceChildren(problem(error)));
}

/** The table of a row's features; `usualOf` says among which rows the usual range was taken. */
export function featureTable(features, usualOf) {
  const shared = features.some((f) => f.share !== null && f.share !== undefined);
  const rebuilt = features.some((f) => f.reconstruction !== null && f.reconstruction !== undefined);
  const columns = [
    { title: "Feature", key: "name", row_header: true, cell: (f) => [f.name, f.used ? null : el("small", { class: "note" }, " (not used by the model)")] },
    { title: "Value", key: "value", number: true, cell: (f) => el("strong", {}, text(f.value)) },
    { title: `Usual (${usualOf})`, cell: (f) => usual(f) },
    { title: "Here", key: "outside", value: (f) => (f.outside ? 1 : 0), cell: (f) => where(f) },
    ...(rebuilt ? [{ title: "Reconstruction", key: "reconstruction", number: true, cell: (f) => text(f.reconstruction) }] : []),
    ...(shared ? [{ title: "Share of the score", key: "share", value: (f) => (f.share === null ? null : Math.abs(f.share)), cell: (f) => bar(f.share) }] : []),
  ];
  const notes = [
    "Usual: for numbers the range from the 1st to the 99th percentile, for words the most frequent ones.",
    rebuilt ? "Reconstruction: what the model makes of the row; the further from the value, the odder the value is to it." : "This kind of model does not reconstruct rows.",
    shared ? "Share: the feature's part of the score; the shares' sizes add up to 100 %." : "This kind of model does not tell the features' shares.",
  ];
  const list = (caption, rows) => localTable({ caption, hideCaption: true, columns, rows, size: 200, start: shared ? { key: "share", order: "desc" } : null });
  // What the model reads comes first; the rest is there for whoever wants it.
  const [used, unused] = [features.filter((f) => f.used), features.filter((f) => !f.used)];
  const rest = used.length > 0 && unused.length > 0 ? el("details", {}, el("summary", {}, `${plural(unused.length, "column")} that the model does not read`), list("Columns that the model does not read", unused)) : null;
  return [list("Features of the row", used.length > 0 ? used : unused), rest, el("p", { class: "note" }, notes.join(" "))];
}

function text(value) {
  return typeof value === "number" ? num(value, 5) : value === null || value === undefined ? "–" : String(value);
}

function usual({ kind, usual: u }) {
  if (!u) return "–";
  if (kind === "categorical" || u.values) {
    const shown = (u.values ?? []).slice(0, 3).map(({ value, share }) => `${value} ${percent(share, 0)}`).join(", ");
    return shown || "–";
  }
  if (u.low === null) return "–";
  return `${num(u.low)} to ${num(u.high)}, median ${num(u.median)}`;
}

/** Inside or outside of what is usual, in words and as a mark on the range. */
function where({ kind, usual: u, value, outside }) {
  if (outside === null || outside === undefined) return "–";
  const words = outside ? el("span", { class: "bad" }, "▲ unusual") : el("span", {}, "● usual");
  if (kind === "categorical" || typeof value !== "number" || !u || u.low === null) return words;
  const low = Math.min(u.low, value);
  const high = Math.max(u.high, value);
  const share = (v) => `${high > low ? (100 * (v - low)) / (high - low) : 50}%`;
  const band = el("i");
  band.style.left = share(u.low);
  band.style.right = `${high > low ? 100 - (100 * (u.high - low)) / (high - low) : 50}%`;
  const at = el("b");
  at.style.left = share(value);
  return [words, el("span", { class: "range", "aria-hidden": "true" }, band, at)];
}

function bar(share) {
  if (share === null || share === undefined) return "–";
  const fill = el("span", { class: share < 0 ? "fill less" : "fill" });
  fill.style.width = `${Math.min(100, 100 * Math.abs(share))}%`;
  const node = el("span", { class: "share short" }, el("span", { class: "track", "aria-hidden": "true" }, fill), el("span", { class: "value" }, percent(share)));
  return node;
}
