// Test rows as they pass a model: hits and misses, and precision and recall so far.

import { at, events, get, path } from "../api.js";
import { announce, card, el, empty, field, load, problem, select, tiles } from "../dom.js";
import { count, metric, num } from "../format.js";
import { frame, linePlot } from "../plot.js";
import { metrics } from "../ranking.js";
import { outcome, table, truth } from "../table.js";

export const title = () => "Live";

const FEED = 14;
const SPEEDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

export async function show(main, parts, query, signal) {
  const host = el("div", {});
  main.append(el("h1", {}, "Live"), el("p", { class: "lead" }, "Test rows pass a model one after the other, as traffic would. Each is marked a hit or a miss; precision and recall are those of the rows so far."), host);
  await load(host, "Reading the results …", async () => {
    const { experiments } = await get("/api/experiments", signal);
    const ready = experiments.filter((e) => e.completed > 0);
    if (ready.length === 0) return empty(el("p", {}, "There is no finished experiment to replay. Run one, then reload this page:"), el("pre", {}, "oddbench run experiments/quickstart.toml"));
    const stage = el("div", {});
    const pick = select(ready.map((e) => [e.name, e.name]), query.get("experiment") ?? ready[0].name, { id: "live-experiment", onchange: () => choose() });
    const models = el("div", { class: "row" });
    let inner = null;
    const choose = () => load(stage, "Reading the experiment …", async () => {
      inner?.abort();
      inner = new AbortController();
      signal.addEventListener("abort", () => inner.abort());
      const e = await get(at("experiments", pick.value), signal);
      return player(e, models, inner.signal);
    });
    choose();
    return [el("div", { class: "card row" }, field("Experiment", pick), models), stage];
  });
}

function player(e, models, signal) {
  const rows = e.rows.filter((r) => r.median_trial);
  const trial = select(rows.map((r) => [r.median_trial, r.name]), rows[0]?.median_trial, { id: "live-model", onchange: () => reset() });
  const rule = select(e.thresholds.map((t, i) => [i, `${t.name}${t.oracle ? " (oracle)" : ""}`]), 0, { id: "live-rule", onchange: () => reset() });
  models.replaceChildren(field("Model", trial), field("Threshold rule", rule));
  const state = fresh();
  const speed = el("input", { type: "range", min: 0, max: SPEEDS.length - 1, step: 1, value: 5, id: "live-speed", oninput: () => changeSpeed() });
  const speedText = el("output", { html_for: "live-speed" });
  const button = el("button", { type: "button", class: "main", id: "live-toggle", onclick: () => (state.close ? pause("Paused") : go()) }, "▶ Start");
  const again = el("button", { type: "button", onclick: () => reset() }, "↺ From the beginning");
  const note = el("p", { class: "note", role: "status", id: "live-state" }, "Press Start.");
  const progress = el("progress", { max: 1, value: 0, "aria-label": "Share of the test rows that have passed" });
  const counters = el("div", {});
  const feed = el("div", { class: "feed" });
  const figure = frame("Precision and recall so far", "Precision and recall over the rows that have passed", { keys: [["line", "--inlier", "precision"], ["dashed", "--outlier", "recall"]] });
  const chart = linePlot(figure.host, {
    x: () => state.curve.x, lines: [{ name: "precision", values: () => state.curve.precision }, { name: "recall", dashed: true, values: () => state.curve.recall }],
    xLabel: "rows", yLabel: "share", range: { y: () => [0, 1.03] }, height: 260, signal,
  });

  function fresh() {
    return { cursor: 0, total: null, tp: 0, fp: 0, tn: 0, fn: 0, undecided: 0, latest: [], curve: { x: [], precision: [], recall: [] }, close: null, latency: null };
  }
  const rate = () => SPEEDS[Number(speed.value)];
  const worded = () => { speedText.textContent = `${count(rate())} rows a second`; speed.setAttribute("aria-valuetext", speedText.textContent); };
  function draw() {
    const m = metrics(state);
    counters.replaceChildren(tiles([
      [count(state.cursor), state.total ? `of ${count(state.total)} rows` : "rows", "live-seen"], [`✓ ${count(state.tp)}`, "caught (hits)", "live-tp"], [`✗ ${count(state.fn)}`, "missed", "live-fn"],
      [`✗ ${count(state.fp)}`, "false alarms", "live-fp"], [`✓ ${count(state.tn)}`, "passed rightly", "live-tn"], [metric(m.precision), "precision", "live-precision"], [metric(m.recall), "recall", "live-recall"],
      [state.latency === null ? "–" : `${num(state.latency, 3)} µs`, "to score a row"],
    ]));
    progress.value = state.total ? state.cursor / state.total : 0;
    feed.replaceChildren(state.latest.length === 0 ? empty("The rows that pass will stand here.") : table({ caption: "The latest rows, newest first", rows: state.latest, columns: [
      { title: "Row", row_header: true, cell: (r) => String(r.row) }, { title: "Class", cell: (r) => r.class }, { title: "It is", cell: (r) => truth(r.outlier) },
      { title: "Score", number: true, cell: (r) => num(r.score) }, { title: "Called", cell: (r) => outcome(r.anomaly, r.outlier) },
    ] }));
    chart.refresh();
  }
  function take({ cursor, items, latency_us: latency }) {
    for (const item of items) {
      if (item.anomaly === null || item.anomaly === undefined) state.undecided += 1;
      else state[item.anomaly ? (item.outlier ? "tp" : "fp") : item.outlier ? "fn" : "tn"] += 1;
    }
    state.cursor = cursor;
    state.latency = latency === null || latency === undefined || items.length === 0 ? state.latency : latency / items.length;
    state.latest = [...items.slice(-FEED).reverse(), ...state.latest].slice(0, FEED);
    const m = metrics(state);
    state.curve.x.push(cursor);
    state.curve.precision.push(m.precision);
    state.curve.recall.push(m.recall);
    draw();
  }
  function go() {
    if (state.total !== null && state.cursor >= state.total) reset();
    button.textContent = "❚❚ Pause";
    note.textContent = "Waiting for the first rows …";
    const url = path("/api/live", { experiment: e.name, trial: trial.value, rule: rule.value, part: "test", from: state.cursor, speed: rate() });
    state.close = events(url, {
      begin: (b) => {
        state.total = b.total;
        note.textContent = b.threshold === null ? "This rule gives the model no threshold: rows can not be called. Choose another rule."
          : `${b.name} at threshold ${num(b.threshold)}. ${b.rescored ? "Rows are scored as they pass." : "Stored scores are played back: the data set or the saved model is not on this computer."}`;
      },
      rows: take,
      done: () => pause("All rows have passed"),
      failed: (f) => { pause("Stopped"); note.replaceChildren(problem({ message: f.error, remedy: f.remedy })); },
    }, ["done", "failed"], (error) => { pause("Stopped"); note.replaceChildren(problem(error)); }, signal);
  }
  function pause(word) {
    state.close?.();
    state.close = null;
    const m = metrics(state);
    button.textContent = state.cursor > 0 && word === "Paused" ? "▶ Resume" : "▶ Start";
    const summary = `${word} after ${count(state.cursor)} rows: precision ${metric(m.precision)}, recall ${metric(m.recall)}.`;
    note.textContent = summary;
    announce(summary);
  }
  function reset() {
    state.close?.();
    Object.assign(state, fresh());
    button.textContent = "▶ Start";
    note.textContent = "Press Start.";
    draw();
  }
  function changeSpeed() {
    worded();
    if (state.close) { state.close(); state.close = null; go(); }
  }
  worded();
  draw();
  return [
    el("div", { class: "card" }, el("div", { class: "row middle" }, button, again, el("div", { class: "grow field" }, el("label", { html_for: "live-speed" }, "Speed: ", speedText), speed)), progress, note),
    counters, el("div", { class: "grid two" }, card(null, figure.node), card(null, feed)),
  ];
}
