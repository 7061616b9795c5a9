// The rows of a result, sorted by score, each with the features that made it odd.

import { at, get, path } from "../api.js";
import { card, el, empty, field, problem, select, settled, busy } from "../dom.js";
import { count, num, percent } from "../format.js";
import { featureTable, openDialog } from "../row.js";
import { next, outcome, pager, shares, table, truth } from "../table.js";

const SHOWN = 6;

export function rowsPanel({ result, ranking, panel, signal }) {
  const state = { page: 0, size: 25, sort: { key: "score", order: "desc" }, only: "all" };
  const host = el("div", {});
  let turn = 0;
  let answer = null;

  async function fetchRows(focus) {
    const mine = ++turn;
    host.setAttribute("aria-busy", "true");
    if (!host.firstChild) host.append(busy("Reading the rows …"));
    try {
      const a = await get(path(`${at("jobs", result.job)}/rows`, { page: state.page, size: state.size, sort: state.sort.key, order: state.sort.order, threshold: panel.value, only: state.only }), signal);
      if (mine !== turn) return;
      answer = a;
      draw(focus);
    } catch (error) {
      if (!signal.aborted && mine === turn) host.replaceChildren(problem(error));
    } finally {
      host.removeAttribute("aria-busy");
    }
  }
  function draw(focus) {
    if (answer.matching === 0) return host.replaceChildren(empty("No row fits: move the threshold, or show all rows."));
    host.replaceChildren(
      table({ caption: "Rows by score", hideCaption: true, columns: columns(), rows: answer.rows, sort: state.sort,
        onsort: (key) => { state.sort = next(state.sort, key); state.page = 0; fetchRows(key); },
        onrow: (tr, r) => tr.addEventListener("click", () => open(r)) }),
      pager({ page: answer.page, size: answer.size, matching: answer.matching, total: answer.total, onpage: (page) => { state.page = page; fetchRows(); } }));
    if (focus) host.querySelector(`[data-sort="${CSS.escape(focus)}"]`)?.focus();
  }
  function columns() {
    const raw = result.columns.filter((c) => c.name !== result.label_column).slice(0, SHOWN);
    return [
      { title: "Row", key: "position", row_header: true, cell: (r) => el("button", { type: "button", class: "link", "aria-label": `Open row ${r.position + 1}`, onclick: (event) => { event.stopPropagation(); open(r); } }, count(r.position + 1)) },
      { title: "Score", key: "score", number: true, cell: (r) => num(r.score) },
      { title: "Called", cell: (r) => outcome(r.score > panel.value, result.labels ? r.outlier : null) },
      ...(result.labels ? [{ title: result.label_column, cell: (r) => [truth(r.outlier), " ", r.class] }] : []),
      ...(result.explains ? [{ title: "What made it odd", cell: (r) => (r.top?.length ? shares(r.top.map((t) => ({ feature: t.feature, share: share(t, r) }))) : "–") }] : []),
      ...raw.map((c) => ({ title: c.name, key: `column:${c.name}`, number: c.kind === "numeric", cell: (r) => r.values?.[c.name] ?? "–" })),
    ];
  }
  function open(r) {
    openDialog(`Row ${count(r.position + 1)}`, async () => {
      const detail = await get(at("jobs", result.job, "rows", String(r.position)), signal);
      const rank = ranking.n - ranking.atMost(r.score);
      return [el("p", {}, outcome(r.score > panel.value, result.labels ? r.outlier : null), ` · score ${num(r.score)}, threshold ${num(panel.value)} · ${rank === 0 ? "no row scores higher" : `${percent(rank / ranking.n, 2)} of the rows score higher`}`, result.labels ? ` · ${result.label_column} ${r.class}` : ""),
        ...featureTable(detail.features, "rows called normal")];
    });
  }
  // Marks follow at once; which rows are shown only matters where the filter depends on the threshold.
  const later = settled(() => fetchRows(), 250);
  panel.change(() => {
    if (answer === null) return;
    if (state.only === "all") draw();
    else { state.page = 0; later(); }
  });
  const options = [["all", "all rows"], ["anomalies", "called anomalies"], ["normal", "called normal"], ...(result.labels ? [["wrong", "wrong calls"]] : [])];
  fetchRows();
  return card("Rows by score", el("div", { class: "row" },
    field("Show", select(options, "all", { id: "rows-only", onchange: (event) => { Object.assign(state, { only: event.target.value, page: 0 }); fetchRows(); } })),
    field("Rows a page", select([[10, "10"], [25, "25"], [100, "100"]], state.size, { onchange: (event) => { Object.assign(state, { size: Number(event.target.value), page: 0 }); fetchRows(); } }))),
  host, el("p", { class: "note" }, "Open a row for every feature, what is usual for it, and its share of the score."));
}

/** The server's share, or where it gives none, the contribution among the three. */
function share(top, row) {
  if (top.share !== null && top.share !== undefined) return top.share;
  const sum = row.top.reduce((s, t) => s + Math.abs(t.contribution), 0);
  return sum === 0 ? 0 : top.contribution / sum;
}
