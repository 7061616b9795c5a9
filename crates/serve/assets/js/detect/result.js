// Step three: what came out. Everything follows the threshold, which costs no word with the server but for
// the page of rows.

import { at, get, path } from "../api.js";
import { card, el, field, load, select } from "../dom.js";
import { count, metric, percent, plural } from "../format.js";
import { frame, scatterPlot } from "../plot.js";
import { projection } from "../pages/trial.js";
import { Ranking } from "../ranking.js";
import { table } from "../table.js";
import { countsPanel, rocFigure, thresholdPanel } from "../threshold.js";
import { rowsPanel } from "./rows.js";

/** The cards of a result. */
export function resultStep({ result, signal }) {
  const ranking = new Ranking(result.scores, result.labels);
  const start = result.threshold ?? result.thresholds.find((t) => t.value !== null)?.value;
  const panel = thresholdPanel({ ranking, thresholds: result.thresholds, start, signal });
  const download = el("a", { class: "button main", id: "download", download: "" }, "↓ Download as CSV");
  panel.change((threshold) => { download.href = path(`${at("jobs", result.job)}/download`, { threshold }); });
  const roc = rocFigure(ranking, panel, signal);
  const pca = result.projection ? projection(result.projection.x, result.projection.y, result.projection.positions, result.projection.explained, ranking, panel, signal) : null;
  const head = card("Result", el("div", { class: "head" },
    el("p", {}, el("strong", {}, String(result.model).startsWith("fitted/") ? `${result.kind}, fitted here` : result.model_name), ` on ${plural(result.rows, "row")}${result.labels ? `, judged by ${result.label_column}` : ", not labelled"}.`,
      result.labels ? ` ROC-AUC ${metric(result.roc_auc)}, average precision ${metric(result.average_precision)}.` : ""), download),
  (result.unseen ?? []).map((u) => el("p", { class: "warning" }, `${u.column}: ${plural(u.rows, "row")} with values that training never saw (${(u.values ?? []).slice(0, 5).join(", ")}); each is scored as the oddest of what could stand there.`)),
  (result.notes ?? []).map((n) => el("p", { class: "note" }, n)));
  head.querySelector("h2").tabIndex = -1;
  return [
    head,
    el("div", { class: "grid two" }, card(null, panel.node), card(null, el("h3", {}, "What the threshold does"), countsPanel(ranking, panel))),
    el("div", { class: "grid two" }, roc ? card(null, roc) : null, pca ? card(null, pca) : null, card(null, pairs(result, ranking, panel, signal)), result.labels ? card(null, classes(result, ranking, panel)) : null),
    rowsPanel({ result, ranking, panel, signal }),
  ];
}

/** Any column against any other, anomalies marked. */
function pairs(result, ranking, panel, signal) {
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
    xLabel: () => state.x, yLabel: () => state.y, levels: () => ({ x: points.x_levels, y: points.y_levels }), signal,
  });
  panel.change(() => chart.redraw());
  const draw = () => load(message, "Reading …", async () => {
    points = await get(path(`${at("jobs", result.job)}/scatter`, { x: state.x, y: state.y, n: 5000 }), signal);
    figure.caption.textContent = `${state.y} against ${state.x}, ${plural(points.positions.length, "row")} drawn.`;
    chart.rebuild();
    return [];
  });
  const pick = (side, label) => field(label, select(names.map((n) => [n, n]), state[side], { id: `scatter-${side}`, onchange: (event) => { state[side] = event.target.value; draw(); } }));
  draw();
  return el("div", {}, figure.node, el("div", { class: "row" }, pick("x", "Across"), pick("y", "Up")), message);
}

/** Each class of the label column: how many of its rows are called anomalies. */
function classes(result, ranking, panel) {
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
      { title: "Class", row_header: true, cell: (c) => result.classes[c] }, { title: "It is", cell: (c) => (outliers[c] ? "▲ outlier" : "● inlier") },
      { title: "Rows", number: true, cell: (c) => count(totals[c]) }, { title: "Called anomalies", number: true, cell: (c) => count(called[c]) },
      { title: "Share", number: true, cell: (c) => percent(called[c] / totals[c]) },
    ] }));
  };
  panel.change(() => { pending ??= requestAnimationFrame(draw); });
  return el("div", {}, el("h3", {}, "By class"), el("p", { class: "note" }, "Of outliers a high share is right, of inliers a low one."), host);
}
