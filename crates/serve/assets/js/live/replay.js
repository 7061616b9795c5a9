// The test rows of an experiment as they pass a model, in mixed order: hits and misses, and precision and recall so far.

import { at, events, get, path } from "../api.js";
import { announce, card, el, empty, field, load, problem, select, tiles } from "../dom.js";
import { count, metric, num } from "../format.js";
import { frame, linePlot } from "../plot.js";
import { metrics } from "../ranking.js";
import { outcome, table, truth } from "../table.js";

const FEED = 14;
const SPEEDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
const USUAL = 5;

/** `ready` are the experiments that have a finished trial. */
export function replayPanel({ ready, address, signal }) {
  if (ready.length === 0) return empty(el("p", {}, "There is no finished experiment to replay. Run one, then reload this page:"), el("pre", { tabindex: "0" }, "oddbench run experiments/quickstart.toml"));
  const stage = el("div", {});
  const wanted = ready.find((e) => e.name === address.get("experiment")) ?? ready[0];
  const pick = select(ready.map((e) => [e.name, e.name]), wanted.name, { id: "live-experiment", onchange: () => { address.set({ experiment: pick.value, trial: null, rule: null }); choose(); } });
  const models = el("div", { class: "row" });
  let inner = null;
  const choose = () => load(stage, "Reading the experiment …", async () => {
    inner?.abort();
    inner = new AbortController();
    signal.addEventListener("abort", () => inner.abort());
    const e = await get(at("experiments", pick.value), signal);
    return player(e, models, address, inner.signal);
  });
  choose();
  return el("div", {}, el("div", { class: "card row" }, field("Experiment", pick), models), stage);
}

function player(e, models, address, signal) {
  const rows = e.rows.filter((r) => r.median_trial);
  const known = rows.find((r) => r.median_trial === address.get("trial")) ?? rows[0];
  const trial = select(rows.map((r) => [r.median_trial, r.name]), known?.median_trial, { id: "live-model", onchange: () => { address.set({ trial: trial.value }); reset(); } });
  const rule = select(e.thresholds.map((t, i) => [i, `${t.name}${t.oracle ? " (oracle)" : ""}`]), e.thresholds[address.number("rule")] ? address.number("rule") : 0, { id: "live-rule", onchange: () => { address.set({ rule: rule.value === "0" ? null : rule.value }); reset(); } });
  models.replaceChildren(field("Model", trial), field("Threshold rule", rule));
  const state = fresh();
  const begin = SPEEDS.indexOf(address.number("speed"));
  const speed = el("input", { type: "range", min: 0, max: SPEEDS.length - 1, step: 1, value: begin < 0 ? USUAL : begin, id: "live-speed", oninput: () => changeSpeed() });
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
    feed.replaceChildren(state.latest.length === 0 ? empty("The rows that pass will stand here.") : table({ caption: "Rows that have passed", hideCaption: true, rows: state.latest, columns: [
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
        note.textContent = b.threshold === null ? "This rule gives the model no threshold: rows cannot be called. Choose another rule."
          : `${b.name} at threshold ${num(b.threshold)}. ${b.rescored ? "Rows are scored as they pass." : "Stored scores are shown. The reason: the data set or the saved model is not on this computer, or a score depends on the place of its row."}`;
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
    address.set({ speed: Number(speed.value) === USUAL ? null : rate() });
    if (state.close) { state.close(); state.close = null; go(); }
  }
  worded();
  draw();
  return [
    el("div", { class: "card" }, el("div", { class: "row middle" }, button, again, el("div", { class: "grow field" }, el("label", { html_for: "live-speed" }, "Speed: ", speedText), speed)), progress, note,
      el("p", { class: "note", id: "live-order" }, "The rows pass in mixed order, the same one every time (seed 1): many data sets have all attacks at their end. In the end the counts are those of the page Rows.")),
    counters, el("div", { class: "grid two" }, card("So far", figure.node), card("The latest rows, newest first", feed)),
  ];
}
