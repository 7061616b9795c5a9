// The rows of a result, for somebody who works through them. The oddest come first, and rows with the same reasons are one
// line. Each line shows its reasons and what is usual. There are filters, and marks that the download contains.

import { at, get, path, post } from "../api.js";
import { busy, card, check, el, empty, field, problem, select, settled, announce } from "../dom.js";
import { count, num, percent, plural } from "../format.js";
import { featureTable, openDialog } from "../row.js";
import { next, outcome, pager, table, truth } from "../table.js";
import { filters } from "./filters.js";
import { reasons } from "./reasons.js";

/** Columns that are shown until the user chooses others. */
const SHOWN = 6;
const MARKS = [["", "–"], ["benign", "benign"], ["look-again", "look again"]];

export function rowsPanel({ result, ranking, panel, address, excused, signal }) {
  const names = result.columns.map((c) => c.name).filter((name) => name !== result.label_column);
  const known = (list) => list.filter((name) => names.includes(name));
  const state = {
    page: address.number("page") ?? 0, size: address.number("size") ?? 25, like: address.number("like"), group: address.get("group") !== "0",
    sort: { key: address.get("sort", "score"), order: address.get("order", "desc") },
    shown: known(address.all("show")).length ? known(address.all("show")) : names.slice(0, SHOWN),
  };
  const host = el("div", {});
  const chip = el("div", {});
  const marked = el("p", { class: "note", id: "marks-summary", role: "status" });
  let turn = 0;
  let answer = null;
  const asked = filters({ result, address, changed: () => { state.page = 0; fetchRows(); } });

  function remember() {
    address.set({ page: state.page || null, size: state.size === 25 ? null : state.size, like: state.like, group: state.group ? null : 0,
      sort: state.sort.key === "score" ? null : state.sort.key, order: state.sort.order === "desc" ? null : state.sort.order });
  }
  async function fetchRows(focus) {
    const mine = ++turn;
    remember();
    host.setAttribute("aria-busy", "true");
    if (!host.firstChild) host.append(busy("Reading the rows …"));
    try {
      const a = await get(path(`${at("jobs", result.job)}/rows`, { page: state.page, size: state.size, sort: state.sort.key, order: state.sort.order, threshold: panel.value,
        like: state.like, group: state.group && state.like === null ? "true" : null, ...asked.query() }), signal);
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
    chip.replaceChildren(...(state.like === null ? [] : [el("p", {}, `Rows that are odd for the same reasons as row ${count(state.like + 1)}. `, el("button", { type: "button", class: "small", id: "all-again", onclick: () => alike(null) }, "Show all again"))]));
    if (answer.matching === 0) return host.replaceChildren(empty("No row fits: move the threshold, or change the filters."));
    const lines = answer.groups ?? answer.matching;
    host.replaceChildren(
      el("p", { class: "note", id: "rows-count", role: "status" }, answer.groups === null ? `${plural(answer.matching, "row")} of ${count(answer.total)}.` : `${plural(answer.matching, "row")} of ${count(answer.total)}, in ${plural(answer.groups, "group")} that are odd for the same reasons.`),
      table({ caption: "Scored rows", hideCaption: true, columns: columns(), rows: answer.rows, sort: state.sort,
        onsort: (key) => { state.sort = next(state.sort, key); state.page = 0; fetchRows(key); },
        onrow: (tr, r) => tr.addEventListener("click", (event) => { if (!event.target.closest("button, select, label")) open(r.position); }) }),
      pager({ page: answer.page, size: answer.size, matching: lines, total: lines, onpage: (page) => { state.page = page; fetchRows(); } }));
    if (focus) host.querySelector(`[data-sort="${CSS.escape(focus)}"]`)?.focus();
  }
  function columns() {
    const kind = (name) => result.columns.find((c) => c.name === name)?.kind;
    return [
      { title: "Row", key: "position", row_header: true, cell: (r) => el("button", { type: "button", class: "link", "aria-label": `Open row ${r.position + 1}`, onclick: () => open(r.position) }, count(r.position + 1)) },
      { title: "Score", key: "score", number: true, cell: (r) => num(r.score) },
      { title: "Called", cell: (r) => outcome(r.score > panel.value, result.labels ? r.outlier : null) },
      ...(result.labels ? [{ title: result.label_column, cell: (r) => [truth(r.outlier, excused.has(r.class)), " ", r.class] }] : []),
      ...(result.explains ? [{ title: "What made it odd", cell: (r) => reasons(r.top) }] : []),
      ...(answer.groups === null ? [] : [{ title: "Alike", number: true, cell: (r) => (r.alike > 1 ? el("button", { type: "button", class: "link alike", "aria-label": `Show the ${count(r.alike)} rows alike row ${r.position + 1}`, onclick: () => alike(r.position) }, `${count(r.alike)} rows`) : "1 row") }]),
      { title: "Mark", cell: (r) => select(MARKS, r.mark ?? "", { "data-mark": r.position, "aria-label": r.alike > 1 ? `Mark row ${r.position + 1} and the anomalies alike` : `Mark row ${r.position + 1}`, onchange: (event) => mark(r, event.target.value) }) },
      ...state.shown.map((name) => ({ title: name, key: `column:${name}`, number: kind(name) === "numeric", cell: (r) => r.values?.[name] ?? "–" })),
    ];
  }
  function alike(position) {
    Object.assign(state, { like: position, page: 0 });
    fetchRows().then(() => (position === null ? host.querySelector("tbody button") : chip.querySelector("button"))?.focus());
  }
  async function mark(r, value) {
    try {
      const sums = await post(`${at("jobs", result.job)}/marks`, { positions: [r.position], mark: value || null, alike: (r.alike ?? 1) > 1, threshold: panel.value }, signal);
      r.mark = value || null;
      marked.textContent = `Marked: ${count(sums.benign)} benign, ${count(sums.look_again)} to look at again. The marks are a column of the download.`;
      if (asked.query().mark) fetchRows();
    } catch (error) {
      if (!signal.aborted) host.prepend(problem(error));
    }
  }
  function open(position) {
    address.set({ row: position });
    openDialog(`Row ${count(position + 1)}`, async () => {
      const detail = await get(at("jobs", result.job, "rows", String(position)), signal);
      const rank = ranking.n - ranking.atMost(detail.score);
      return [el("p", {}, outcome(detail.score > panel.value, result.labels ? detail.outlier : null), ` · score ${num(detail.score)}, threshold ${num(panel.value)} · ${rank === 0 ? "no row scores higher" : `${percent(rank / ranking.n, 2)} of the rows score higher`}`, result.labels ? ` · ${result.label_column} ${detail.class}` : ""),
        ...featureTable(detail.features, "rows called normal")];
    }, () => address.set({ row: null }));
  }
  // Marks follow at once; which rows are shown only matters where the filter depends on the threshold.
  const later = settled(() => !signal.aborted && fetchRows(), 250);
  // The table costs more than all else that a step of the threshold changes: it follows when the slider rests.
  const called = settled(() => !signal.aborted && draw(), 80);
  panel.change(() => {
    if (answer === null) return;
    if (asked.query().only === "all") called();
    else { state.page = 0; later(); }
  });
  const grouped = check("One line for rows that are odd for the same reasons", { id: "rows-group", checked: state.group, onchange: (event) => { Object.assign(state, { group: event.target.checked, page: 0, like: null }); fetchRows(); } });
  const size = select([[10, "10"], [25, "25"], [100, "100"]], state.size, { onchange: (event) => { Object.assign(state, { size: Number(event.target.value), page: 0 }); fetchRows(); } });
  const node = card("Rows by score", asked.node, el("div", { class: "row middle" }, grouped.node, field("Lines a page", size)),
    columnChooser({ names, state, changed: () => { address.set({ show: state.shown }); if (answer) draw(); } }), marked, chip, host,
    el("p", { class: "note" }, "Open a row for every feature, what is usual for it, and its share of the score. Usual is what the 1st to the 99th percentile of the rows called normal span, or their most frequent words."));
  fetchRows();
  if (address.number("row") !== null) open(address.number("row"));
  return Object.assign(node, { open });
}

/** Which columns stand behind the reasons. */
function columnChooser({ names, state, changed }) {
  const boxes = names.map((name) => ({ name, ...check(name, { checked: state.shown.includes(name), onchange: () => {
    state.shown = boxes.filter((b) => b.input.checked).map((b) => b.name);
    changed();
    announce(plural(state.shown.length, "column"));
  } }) }));
  return el("details", { id: "column-chooser" }, el("summary", {}, "Columns"), el("div", { class: "row middle choices" }, boxes.map((b) => b.node)));
}
