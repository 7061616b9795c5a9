// Tables: a header that sorts, pages, and cells that say what they are.

import { el, announce } from "./dom.js";
import { count, percent } from "./format.js";

/**
 * A table of `rows`. Columns: `{title, key?, cell(row) -> text or node, number?, value?(row), wrap?, row_header?, more?, desk?}`;
 * `more`: shown where a reader asks for all columns; `desk`: on a phone only there too.
 * `sort = {key, order}` marks the sorted column; `onsort(key)` makes keyed headers buttons.
 */
export function table({ caption, columns, rows, sort = null, onsort = null, onrow = null, hideCaption = false, label = null }) {
  const head = columns.map((column) => {
    const sorted = sort && column.key && sort.key === column.key;
    const aria = sorted ? (sort.order === "asc" ? "ascending" : "descending") : null;
    const title = onsort && column.key ? el("button", { type: "button", "data-sort": column.key, onclick: () => onsort(column.key) }, column.title) : column.title;
    return el("th", { scope: "col", class: [column.number ? "n" : "", column.more ? "x" : "", column.desk ? "w" : ""].join(" ").trim() || null, "aria-sort": aria, title: column.hint ?? null }, title);
  });
  const body = rows.map((row) => {
    const tr = el("tr", {}, columns.map((column) => el(column.row_header ? "th" : "td",
      { scope: column.row_header ? "row" : null, class: [column.number ? "n" : "", column.wrap ? "wrap" : "", column.more ? "x" : "", column.desk ? "w" : "", column.mark?.(row) ?? ""].join(" ").trim() || null },
      column.cell(row))));
    onrow?.(tr, row);
    return tr;
  });
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label ?? caption ?? "table" }, el("table", {},
    caption ? el("caption", { class: hideCaption ? "hidden" : null }, caption) : null,
    el("thead", {}, el("tr", {}, head)), el("tbody", {}, body)));
}

/** A table that sorts and pages rows which are all here. */
export function localTable({ caption, columns, rows, size = 25, start = null, hideCaption = false }) {
  const host = el("div", {});
  const state = { sort: start, page: 0 };
  const draw = (focus) => {
    const column = state.sort && columns.find((c) => c.key === state.sort.key);
    const shown = column ? [...rows].sort(by(column.value ?? ((row) => row[column.key]), state.sort.order)) : rows;
    const from = state.page * size;
    host.replaceChildren(
      table({ caption, columns, rows: shown.slice(from, from + size), sort: state.sort, hideCaption, onsort: (key) => {
        state.sort = next(state.sort, key);
        state.page = 0;
        draw(key);
      } }),
      ...(rows.length > size ? [pager({ page: state.page, size, matching: rows.length, onpage: (page) => { state.page = page; draw(); } })] : []));
    if (focus) host.querySelector(`[data-sort="${CSS.escape(focus)}"]`)?.focus();
  };
  draw();
  return host;
}

/** The order after a click on `key`: first descending, then ascending. */
export function next(sort, key, first = "desc") {
  if (sort?.key === key) return { key, order: sort.order === "desc" ? "asc" : "desc" };
  return { key, order: first };
}

function by(value, order) {
  const sign = order === "asc" ? 1 : -1;
  return (a, b) => {
    const [x, y] = [value(a), value(b)];
    // Unknown values stand last, whatever the order.
    if (x === null || x === undefined) return y === null || y === undefined ? 0 : 1;
    if (y === null || y === undefined) return -1;
    if (typeof x === "number" && typeof y === "number") return sign * (x - y);
    return sign * String(x).localeCompare(String(y), "en", { numeric: true });
  };
}

/** Where one is in the pages, with ways on. */
export function pager({ page, size, matching, total = matching, onpage }) {
  const pages = Math.max(1, Math.ceil(matching / size));
  const go = (to) => { onpage(to); announce(`Page ${to + 1} of ${pages}`); };
  const button = (text, label, to, possible) =>
    el("button", { type: "button", class: "small", "aria-label": label, disabled: !possible, onclick: () => go(to) }, text);
  const from = matching === 0 ? 0 : page * size + 1;
  return el("div", { class: "pager" },
    el("span", {}, `${count(from)}–${count(Math.min(matching, (page + 1) * size))} of ${count(matching)}${total === matching ? "" : ` (of ${count(total)} in all)`}`),
    el("div", {}, button("«", "First page", 0, page > 0), button("‹ back", "Page before", page - 1, page > 0),
      el("span", {}, `page ${count(page + 1)} of ${count(pages)}`),
      button("next ›", "Next page", page + 1, page + 1 < pages), button("»", "Last page", pages - 1, page + 1 < pages)));
}

/** Shares of a score as bars: `entries` are `{feature, share}` with shares between -1 and 1. */
export function shares(entries) {
  return entries.map(({ feature, share }) => {
    const fill = el("span", { class: share < 0 ? "fill less" : "fill" });
    fill.style.width = `${Math.min(100, Math.abs(share) * 100)}%`;
    return el("div", { class: "share" }, el("span", { class: "name", title: feature }, feature),
      el("span", { class: "track", "aria-hidden": "true" }, fill), el("span", { class: "value" }, percent(share)));
  });
}

/** Symbol and word for how a prediction went; never colour alone. */
export function outcome(anomaly, outlier) {
  if (anomaly === null || anomaly === undefined) return el("span", { class: "note" }, "– no threshold");
  if (outlier === null || outlier === undefined) return anomaly ? el("span", { class: "outlier" }, "▲ anomaly") : el("span", { class: "inlier" }, "● normal");
  if (anomaly && outlier) return el("span", { class: "ok" }, "✓ caught");
  if (!anomaly && !outlier) return el("span", { class: "ok" }, "✓ passed");
  return el("span", { class: "bad" }, anomaly ? "✗ false alarm" : "✗ missed");
}

/** Symbol and word for what a row is; `excused`: an attack by name, which the label policy calls normal. */
export function truth(outlier, excused = false) {
  if (outlier === null || outlier === undefined) return "–";
  if (!outlier && excused) return [el("span", { class: "inlier" }, "● inlier"), " ", el("span", { class: "tag" }, "attack, normal by policy")];
  return outlier ? el("span", { class: "outlier" }, "▲ outlier") : el("span", { class: "inlier" }, "● inlier");
}
