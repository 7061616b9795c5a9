// One trial: its learning curve, its figures at each rule, and its scores with a threshold to move.

import { at, get } from "../api.js";
import { card, el, empty, facts, load, problem } from "../dom.js";
import { count, metric, num, seconds, when } from "../format.js";
import { frame, linePlot, scatterPlot } from "../plot.js";
import { Ranking } from "../ranking.js";
import { table } from "../table.js";
import { countsPanel, rocFigure, thresholdPanel } from "../threshold.js";

export const title = ([name, id]) => `${name} ${id.slice(0, 8)}`;

export async function show(main, [name, id], query, signal) {
  const host = el("div", {});
  const heading = el("h1", {}, `Trial ${id.slice(0, 8)}`);
  main.append(el("p", { class: "crumbs" }, el("a", { href: "#/results" }, "Results"), " / ", el("a", { href: `#/results/${encodeURIComponent(name)}` }, name), " / ", id.slice(0, 8)), heading, host);
  await load(host, "Reading the trial …", async () => {
    const t = await get(at("experiments", name, "trials", id), signal);
    const info = t.record.trial;
    heading.textContent = info.seed === null || info.seed === undefined ? t.name : `${t.name}, seed ${info.seed}`;
    return [failure(t.record.outcome), ...(t.record.outcome.notes ?? []).map((n) => el("p", { class: "warning" }, n)),
      evaluations(t), el("div", { class: "grid two" }, learning(t.epochs, signal), about(t)), ...scores(t, signal)].filter(Boolean);
  });
}

function failure(outcome) {
  if (outcome.status === "completed") return null;
  return problem({ message: `this trial failed (${outcome.stage ?? "unknown stage"}): ${outcome.message ?? outcome.status}`, remedy: "mend what the message names and run the experiment again: only what is missing is done" });
}

function evaluations({ evaluations: rows, metrics }) {
  if (!rows || rows.length === 0) return null;
  return card("At the experiment's thresholds", table({
    caption: "Metrics of the test rows", hideCaption: true, rows, columns: [
      { title: "Rule", row_header: true, cell: (r) => [r.rule, r.oracle ? [" ", el("span", { class: "tag warn" }, "oracle")] : null] },
      { title: "Threshold", number: true, cell: (r) => (r.undefined ? r.undefined : num(r.threshold)) },
      ...metrics.filter(({ group }) => group === "study").map(({ key, title: heading, definition }) => ({ title: heading, hint: definition, number: true, cell: (r) => metric(r.metrics[key]) })),
      ...["tp", "fp", "tn", "fn"].map((k) => ({ title: k.toUpperCase(), number: true, cell: (r) => count(r.confusion?.[k]) })),
    ],
  }));
}

/** Loss by epoch; models without epochs have none. */
export function learning(epochs, signal) {
  if (!epochs || epochs.length === 0) return card("Learning curve", empty("This kind of model learns in one step: it has no learning curve."));
  const validated = epochs.some((e) => e.validation_loss !== null && e.validation_loss !== undefined);
  const last = epochs[epochs.length - 1];
  const figure = frame("Learning curve", `Loss by epoch, ${epochs.length} epochs, ending at ${num(last.loss)}`, {
    keys: [["line", "--inlier", "training"], ...(validated ? [["dashed", "--outlier", "validation"]] : [])], caption: `Loss ${num(epochs[0].loss)} after the first epoch, ${num(last.loss)} after the last.` });
  linePlot(figure.host, {
    x: epochs.map((e) => e.epoch), xLabel: "epoch", yLabel: "loss", height: 240, signal,
    lines: [{ name: "training", values: epochs.map((e) => e.loss), points: epochs.length === 1 ? true : undefined }, ...(validated ? [{ name: "validation", dashed: true, values: epochs.map((e) => e.validation_loss ?? null) }] : [])],
  });
  return card(null, figure.node);
}

function about(t) {
  const { trial, device, environment, finished_at: finished, outcome } = t.record;
  const params = Object.entries(trial.params ?? {}).map(([k, v]) => `${k} = ${JSON.stringify(v)}`);
  return card("What it was",
    facts([["kind", trial.kind], ["seed", trial.seed], ["fold", trial.fold_name ?? trial.fold], ["backend", trial.backend], ["device", device], ["saw labels", trial.supervised ? "yes" : "no"],
      ["fit", seconds(outcome.fit_seconds)], ["scoring the test rows", seconds(outcome.score_seconds)], ["peak memory", outcome.peak_rss_mb ? `${num(outcome.peak_rss_mb)} MiB` : null],
      ["oddbench", environment.oddbench], ["computer", environment.cpu], ["finished", when(finished)], ["id", el("code", {}, t.id)]]),
    el("details", {}, el("summary", {}, "Parameters"), el("pre", { tabindex: "0" }, params.join("\n") || "none")));
}

function scores(t, signal) {
  if (!t.test) return [];
  const ranking = new Ranking(t.test.scores, t.test.labels);
  const thresholds = t.evaluations.map((e) => ({ name: e.rule, value: e.threshold, oracle: e.oracle }));
  const panel = thresholdPanel({ ranking, thresholds, start: thresholds.find((x) => x.value !== null && x.value !== undefined)?.value, signal });
  const sampled = t.test.sampled_from ? el("p", { class: "note" }, `${count(ranking.n)} of ${count(t.test.sampled_from)} test rows, evenly spaced: counts are of these.`) : null;
  const roc = rocFigure(ranking, panel, signal);
  return [
    el("div", { class: "grid two" }, card(null, sampled, panel.node), card(null, el("h3", {}, "What the threshold does"), countsPanel(ranking, panel))),
    el("div", { class: "grid two" }, roc ? card(null, roc) : null, projectionCard(t, ranking, panel, signal)),
  ];
}

function projectionCard(t, ranking, panel, signal) {
  if (!t.projection) return null;
  // Positions of the projection count in the whole part; those of a thinned one are told apart.
  const place = t.test.positions ? new Map(t.test.positions.map((p, i) => [p, i])) : null;
  const keep = t.projection.positions.map((p, i) => [i, place ? place.get(p) : p]).filter(([, p]) => p !== undefined && p < ranking.n);
  return card(null, projection(keep.map(([i]) => t.projection.x[i]), keep.map(([i]) => t.projection.y[i]), keep.map(([, p]) => p), t.projection.explained, ranking, panel, signal));
}

/** The first two principal components, anomalies as triangles, wrong calls ringed; a click calls `open(position)`. */
export function projection(x, y, positions, explained, ranking, panel, signal, open = null) {
  const keys = [["dot", "--inlier", "called normal"], ["triangle", "--outlier", "called anomaly"]];
  if (ranking.labels) keys.push(["ring", "--ink", "ringed: wrong"]);
  const caption = explained ? `The two directions in which the rows differ most hold ${(100 * (explained[0] + explained[1])).toFixed(0)} % of their variance. ${count(x.length)} rows are drawn.` : `${count(x.length)} rows are drawn.`;
  const figure = frame("Rows in two dimensions (PCA)", "Scatter of the rows on two principal components, anomalies as triangles", { keys, caption });
  const called = (i) => ranking.scores[positions[i]] > panel.value;
  const chart = scatterPlot(figure.host, {
    data: () => ({ x, y }), anomaly: called, wrong: (i) => ranking.labels !== null && called(i) !== (ranking.labels[positions[i]] === 1),
    xLabel: () => "first component", yLabel: () => "second component", signal, open: open && ((i) => open(positions[i])),
  });
  panel.change(() => chart.redraw());
  return figure.node;
}
