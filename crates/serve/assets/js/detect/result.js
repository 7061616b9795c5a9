// Step four: what came out. Everything follows the threshold, which costs no word with the server but for
// the page of rows.

import { at, get, path, post } from "../api.js";
import { card, el, field, load, select, settled } from "../dom.js";
import { count, metric, percent, plural } from "../format.js";
import { frame, scatterPlot } from "../plot.js";
import { projection } from "../pages/trial.js";
import { Ranking } from "../ranking.js";
import { table, truth } from "../table.js";
import { countsPanel, rocFigure, thresholdPanel } from "../threshold.js";
import { rowsPanel } from "./rows.js";

/** The cards of a result. */
export function resultStep({ result, upload, address, fitNormal, renamed, signal }) {
  const ranking = new Ranking(result.scores, result.labels);
  const excused = excusedClasses(result, upload);
  const own = result.threshold ?? result.thresholds.find((t) => t.value !== null)?.value;
  const panel = thresholdPanel({ ranking, thresholds: result.thresholds, start: address.number("threshold") ?? own, signal });
  const download = el("a", { class: "button main", id: "download", download: "" }, "↓ Download as CSV");
  // Browsers allow few changes of the address a second.
  const remember = settled((threshold) => !signal.aborted && address.set({ threshold: threshold === own ? null : threshold }), 250);
  panel.change((threshold) => {
    download.href = path(`${at("jobs", result.job)}/download`, { threshold });
    remember(threshold);
  });
  const roc = rocFigure(ranking, panel, signal);
  const rows = rowsPanel({ result, ranking, panel, address, excused, signal });
  const open = (position) => rows.open(position);
  const pca = result.projection ? projection(result.projection.x, result.projection.y, result.projection.positions, result.projection.explained, ranking, panel, signal, open) : null;
  const head = card("Result", el("div", { class: "head" }, el("p", { id: "result-summary" }, ...summary(result, ranking)), download),
    warnings(result, ranking, fitNormal), naming(result, renamed, signal),
    result.download_prefix ? el("p", { class: "note", id: "download-prefix" }, `The file has a column that the download adds, too. In the download the added columns begin with ${result.download_prefix}, for example ${result.download_prefix}score.`) : null,
    (result.unseen ?? []).map((u) => el("p", { class: "warning" }, `${u.column}: ${plural(u.rows, "row")} with values that training never saw (${(u.values ?? []).slice(0, 5).join(", ")}); each such row gets the highest score that a known value would give it.`)),
    result.notes?.length ? el("details", { id: "result-notes" }, el("summary", {}, `${plural(result.notes.length, "note")} on columns and the fit`), result.notes.map((n) => el("p", { class: "note" }, n))) : null);
  head.querySelector("h2").tabIndex = -1;
  return [
    head,
    el("div", { class: "grid two" }, card(null, panel.node), card(null, el("h3", {}, "What the threshold does"), countsPanel(ranking, panel))),
    el("div", { class: "grid two" }, roc ? card(null, roc) : null, pca ? card(null, pca) : null, card(null, pairs(result, ranking, panel, open, signal)), result.labels ? card(null, classes(result, ranking, panel, excused)) : null),
    rows,
  ];
}

/** Classes that are attacks by their names, and normal by a policy of the data set. */
function excusedClasses(result, upload) {
  const label = upload.label_candidates.find((c) => c.column === result.label_column);
  if (!label || label.policies.length === 0) return new Set();
  return new Set(result.normal.filter((name) => !label.normal.includes(name)));
}

/** Which model, on what it was fitted, and what it is judged by. */
function summary(result, ranking) {
  const { fitted } = result;
  const name = fitted || String(result.model).startsWith("fitted/") ? `${result.kind}, fitted here` : result.experiment ? `${result.model_name} · ${result.experiment}` : result.model_name;
  const on = fitted ? ` on ${plural(fitted.rows, "row")}${fitted.on === "normal" ? " marked normal" : ""}${fitted.upload === result.upload ? "" : ` of ${fitted.upload_name}`}` : "";
  const judged = result.labels === null ? [" They are not labelled."]
    : [` By ${result.label_column} ${count(ranking.outliers)} of them are outliers (normal: ${result.normal.slice(0, 4).join(", ") || "nothing"}${result.normal.length > 4 ? ` and ${count(result.normal.length - 4)} more` : ""}). ROC-AUC ${metric(result.roc_auc)}, average precision ${metric(result.average_precision)}.`];
  return [el("strong", {}, name), `${on}: ${plural(result.rows, "row")} scored.`, ...judged];
}

/** What speaks against the result, with a way out where there is one. */
function warnings(result, ranking, fitNormal) {
  const { fitted } = result;
  const share = fitted && fitted.outliers !== null ? fitted.outliers / fitted.rows : 0;
  const lines = [];
  if (result.roc_auc !== null && result.roc_auc < 0.5) lines.push(`ROC-AUC ${metric(result.roc_auc)} is worse than a coin, which has 0.5: outliers score lower than inliers. The model takes them for what is usual.`);
  if (share >= 0.5) lines.push(`${percent(share, 0)} of the rows that the model was fitted on are outliers by ${result.label_column}: what is usual to it are attacks.`);
  if (lines.length === 0) return null;
  const possible = result.labels !== null && ranking.outliers < ranking.n;
  return el("div", { class: "warning", id: "result-warning", role: "status" }, lines.map((line) => el("p", {}, line)),
    possible ? el("p", {}, el("button", { type: "button", class: "small", id: "fit-normal", onclick: () => fitNormal() }, "Fit on the rows marked normal")) : null);
}

/** A model that was fitted here is kept, and can be given a name. */
function naming(result, renamed, signal) {
  if (!result.fitted) return null;
  const input = el("input", { type: "text", id: "model-name", maxlength: 80, autocomplete: "off", placeholder: "e.g. Tuesday, normal rows" });
  const said = el("span", { class: "note", id: "model-kept", role: "status" }, "The model is kept for other rows until the server stops.");
  const save = async (event) => {
    event.preventDefault();
    if (input.value.trim() === "") return input.focus();
    try {
      await post(at("fitted", result.job), { name: input.value.trim() }, signal);
      said.textContent = `Kept as “${input.value.trim()}”.`;
      renamed();
    } catch (error) {
      if (!signal.aborted) said.textContent = `${error.message}; ${error.remedy}`;
    }
  };
  return el("form", { class: "row", onsubmit: save }, field("Name of the model", input), el("button", { id: "model-save" }, "Keep under this name"), said);
}

/** Any column against any other, anomalies marked. */
function pairs(result, ranking, panel, open, signal) {
  const names = result.columns.map((c) => c.name);
  const numeric = result.columns.filter((c) => c.kind === "numeric").map((c) => c.name);
  const state = { x: numeric[0] ?? names[0], y: numeric[1] ?? names[1] ?? names[0] };
  const keys = [["dot", "--inlier", "called normal"], ["triangle", "--outlier", "called anomaly"], ...(ranking.labels ? [["ring", "--ink", "ringed: wrong"]] : [])];
  const figure = frame("Feature against feature", "Scatter of two chosen features, anomalies as triangles", { keys, caption: "" });
  const message = el("div", {});
  let points = { positions: [], x: [], y: [], x_levels: null, y_levels: null };
  const called = (i) => ranking.scores[points.positions[i]] > panel.value;
  const chart = scatterPlot(figure.host, {
    data: () => points, anomaly: called, wrong: (i) => ranking.labels !== null && called(i) !== (ranking.labels[points.positions[i]] === 1),
    xLabel: () => state.x, yLabel: () => state.y, levels: () => ({ x: points.x_levels, y: points.y_levels }), signal, open: (i) => open(points.positions[i]),
  });
  panel.change(() => chart.redraw());
  const draw = () => load(message, "Reading …", async () => {
    points = await get(path(`${at("jobs", result.job)}/scatter`, { x: state.x, y: state.y, n: 5000 }), signal);
    figure.caption.textContent = `${state.y} against ${state.x}, ${plural(points.positions.length, "row")} drawn. A click on a point opens its row.`;
    chart.rebuild();
    return [];
  });
  const pick = (side, label) => field(label, select(names.map((n) => [n, n]), state[side], { id: `scatter-${side}`, onchange: (event) => { state[side] = event.target.value; draw(); } }));
  draw();
  return el("div", {}, figure.node, el("div", { class: "row" }, pick("x", "Across"), pick("y", "Up")), message);
}

/** Each class of the label column: how many of its rows are called anomalies. */
function classes(result, ranking, panel, excused) {
  const host = el("div", {});
  const totals = new Array(result.classes.length).fill(0);
  const outliers = new Array(result.classes.length).fill(false);
  result.class_codes.forEach((code, i) => { totals[code] += 1; outliers[code] = ranking.labels[i] === 1; });
  const order = [...totals.keys()].sort((a, b) => totals[b] - totals[a]);
  let pending = null;
  const draw = () => {
    pending = null;
    const called = new Array(totals.length).fill(0);
    result.class_codes.forEach((code, i) => { if (ranking.scores[i] > panel.value) called[code] += 1; });
    host.replaceChildren(table({ caption: "By class", hideCaption: true, rows: order, columns: [
      { title: "Class", row_header: true, cell: (c) => result.classes[c] }, { title: "It is", cell: (c) => truth(outliers[c], excused.has(result.classes[c])) },
      { title: "Rows", number: true, cell: (c) => count(totals[c]) }, { title: "Called anomalies", number: true, cell: (c) => count(called[c]) },
      { title: "Share", number: true, cell: (c) => percent(called[c] / totals[c]) },
    ] }));
  };
  panel.change(() => { pending ??= requestAnimationFrame(draw); });
  return el("div", {}, el("h3", {}, "By class"), el("p", { class: "note" }, "Of outliers a high share is right, of inliers a low one."), host);
}
