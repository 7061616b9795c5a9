// The histogram with its movable threshold: a line that can be dragged, a range input and a number. What
// depends on the threshold subscribes with `change`.

import { el, field, fresh, settled, announce, tiles, check } from "./dom.js";
import { count, num, metric, percent, plural } from "./format.js";
import { blank, corners, frame, linePlot, plot, clipped, mark } from "./plot.js";
import { area, bins, METRICS, metrics, wantsLog } from "./ranking.js";

const STEPS = 1000;
const BINS = 60;

/**
 * `thresholds` are `{name, value, oracle}`. Returns `{node, set, value, change}`: `change(f)` calls f(value)
 * at once and at each move.
 */
export function thresholdPanel({ ranking, thresholds, start, signal }) {
  const state = { value: start ?? ranking.quantile(0.95), xLog: wantsLog(ranking), yLog: true };
  const listeners = [];
  const labelled = ranking.labels !== null;
  const keys = labelled
    ? [["bar", "--inlier", "inliers"], ["hatched", "--outlier", "outliers"], ["line", "--ink", "threshold"]]
    : [["bar", "--inlier", "rows"], ["line", "--ink", "threshold"]];
  const figure = frame("Scores", "Histogram of the scores with the threshold as a line; the slider below moves it", { keys, drag: true });
  let histogram = bins(ranking, BINS, state.xLog);
  const chart = plot(figure.host, {
    height: 250, signal,
    data: () => corners([histogram.low, histogram.high], [1, 1]),
    options: (c) => blank(c, {
      x: () => [histogram.low, histogram.high], y: () => ceiling(histogram, state.yLog),
      xLabel: "score", yLabel: "rows", xLog: state.xLog, yLog: state.yLog, xAxis: { grid: { show: false } },
      draw: (u, ctx) => { bars(u, ctx, c, histogram, labelled, state.yLog); line(u, ctx, c, state.value); },
      ready: (u) => draggable(u, (value) => set(value)),
    }),
  });

  const slider = el("input", { type: "range", min: 0, max: STEPS, step: 1, id: "threshold-slider" });
  const wrong = el("p", { class: "bad note", id: "threshold-wrong", role: "alert" });
  const number = el("input", { type: "text", inputmode: "decimal", autocomplete: "off", id: "threshold-number", class: "mono", "aria-describedby": "threshold-wrong" });
  const toSlider = (value) => {
    const { low, high } = histogram;
    const share = state.xLog ? Math.log(Math.max(value, low) / low) / Math.log(high / low) : (value - low) / (high - low);
    return Math.round(STEPS * Math.min(1, Math.max(0, share)));
  };
  const fromSlider = (step) => {
    const { low, high } = histogram;
    if (step === STEPS) return ranking.max;
    return state.xLog ? low * (high / low) ** (step / STEPS) : low + ((high - low) * step) / STEPS;
  };
  const tell = settled(() => {
    const { anomalies } = ranking.at(state.value);
    announce(`Threshold ${num(state.value)}: ${plural(anomalies, "anomaly", "anomalies")} of ${count(ranking.n)} rows`);
  }, 500);
  const show = () => {
    slider.setAttribute("aria-valuetext", num(state.value));
    chart.redraw();
    listeners.forEach((f) => f(state.value));
  };
  function set(value, from = null) {
    if (!Number.isFinite(value)) return;
    state.value = value;
    if (from !== slider) slider.value = toSlider(value);
    if (from !== number) {
      number.value = String(value);
      judge("");
    }
    tell();
    show();
  }
  slider.addEventListener("input", () => set(fromSlider(Number(slider.value)), slider));
  number.addEventListener("input", () => {
    const value = typed(number.value);
    judge(value === null ? `“${number.value}” is no number: the threshold is still ${num(state.value)}.` : "");
    if (value !== null) set(value, number);
  });
  // Whoever leaves the field finds the threshold that holds.
  number.addEventListener("change", () => {
    if (typed(number.value) !== null) return;
    number.value = String(state.value);
    judge("");
  });
  function judge(text) {
    wrong.textContent = text;
    if (text) number.setAttribute("aria-invalid", "true");
    else number.removeAttribute("aria-invalid");
  }

  const axes = (name, key, possible) => check(name, {
    checked: state[key], disabled: !possible, onchange: (event) => {
      state[key] = event.target.checked;
      histogram = bins(ranking, BINS, state.xLog);
      slider.value = toSlider(state.value);
      chart.rebuild();
    },
  }).node;
  const presets = thresholds.filter((t) => t.value !== null && t.value !== undefined).map((t) =>
    el("button", { type: "button", class: "small", onclick: () => set(t.value) }, `${t.name}${t.oracle ? " (oracle)" : ""}`));
  if (labelled && ranking.outliers > 0) {
    presets.push(el("button", { type: "button", class: "small", title: "The threshold with the best F1 on these very rows: an oracle", onclick: () => set(ranking.bestF1()) }, "best F1 (oracle)"));
  }
  slider.value = toSlider(state.value);
  slider.setAttribute("aria-valuetext", num(state.value));
  number.value = String(state.value);
  const presetLabel = fresh("presets");
  const node = el("div", {}, figure.node,
    el("div", { class: "row" },
      el("div", { class: "grow" }, field("Threshold: drag the line, or move this slider", slider)), field("Threshold as a number", number)), wrong,
    el("div", { class: "row middle" }, axes("logarithmic scores", "xLog", ranking.min > 0), axes("logarithmic counts", "yLog", true)),
    presets.length > 0 ? el("div", { class: "row middle", role: "group", "aria-labelledby": presetLabel },
      el("span", { class: "note", id: presetLabel }, "Set it to"), presets) : null);
  return {
    node, set, get value() { return state.value; },
    change: (f) => { listeners.push(f); f(state.value); },
  };
}

/** A number as people write it, with a decimal point or comma; null for anything else. */
export function typed(text) {
  const plain = text.trim().replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : null;
}

function ceiling({ inliers, outliers }, log) {
  const most = Math.max(1, ...inliers, ...outliers);
  return log ? [0.7, most * 1.6] : [0, most * 1.06];
}

function bars(u, ctx, c, { edges, inliers, outliers }, labelled, log) {
  const ratio = window.devicePixelRatio || 1;
  const floor = u.valToPos(log ? 0.7 : 0, "y", true);
  const stripes = hatch(ctx, c.outlier, ratio);
  for (let i = 0; i < inliers.length; i += 1) {
    const left = u.valToPos(edges[i], "x", true);
    const right = u.valToPos(edges[i + 1], "x", true);
    const middle = labelled ? (left + right) / 2 : right;
    const rect = (n, from, to, paint) => {
      if (n === 0) return;
      const top = u.valToPos(n, "y", true);
      ctx.fillStyle = paint;
      ctx.fillRect(from + ratio * 0.5, top, Math.max(ratio, to - from - ratio * 0.5), floor - top);
    };
    rect(inliers[i], left, middle, c.inlier);
    if (labelled) rect(outliers[i], middle, right, stripes);
  }
}

/** Outliers are hatched: told apart without colour. */
function hatch(ctx, colour, ratio) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = Math.round(6 * ratio);
  const t = tile.getContext("2d");
  t.fillStyle = colour;
  t.globalAlpha = 0.45;
  t.fillRect(0, 0, tile.width, tile.height);
  t.globalAlpha = 1;
  t.strokeStyle = colour;
  t.lineWidth = 1.6 * ratio;
  t.beginPath();
  for (const shift of [-tile.width, 0, tile.width]) {
    t.moveTo(shift, tile.height);
    t.lineTo(shift + tile.width, 0);
  }
  t.stroke();
  return ctx.createPattern(tile, "repeat");
}

function line(u, ctx, c, value) {
  const ratio = window.devicePixelRatio || 1;
  const { left, top, width, height } = u.bbox;
  const at = Math.min(left + width - ratio, Math.max(left + ratio, u.valToPos(value, "x", true)));
  ctx.fillStyle = c.ink;
  ctx.globalAlpha = 0.05;
  ctx.fillRect(at, top, left + width - at, height);
  ctx.globalAlpha = 1;
  ctx.fillRect(at - ratio, top, 2 * ratio, height);
  ctx.beginPath();
  ctx.arc(at, top + 9 * ratio, 7 * ratio, 0, 2 * Math.PI);
  ctx.fill();
}

/** Pointer on the plot: press or drag sets the threshold. */
function draggable(u, set) {
  let pending = null;
  const move = (event) => {
    const box = u.over.getBoundingClientRect();
    const x = Math.min(box.width, Math.max(0, event.clientX - box.left));
    if (pending !== null) cancelAnimationFrame(pending);
    pending = requestAnimationFrame(() => { pending = null; set(u.posToVal(x, "x")); });
  };
  u.over.addEventListener("pointerdown", (event) => { u.over.setPointerCapture(event.pointerId); move(event); });
  u.over.addEventListener("pointermove", (event) => { if (event.buttons === 1) move(event); });
}

/** Counts, and with labels the confusion matrix and the metrics, following `panel`. */
export function countsPanel(ranking, panel) {
  const strong = {};
  const tile = (key, name) => [(strong[key] = el("span", {}, "–")), name, `count-${key}`];
  const top = tiles([[count(ranking.n), "rows"], tile("anomalies", "anomalies"), tile("normal", "normal"), tile("share", "of rows are anomalies")]);
  const parts = [top];
  if (ranking.labels) {
    parts.push(confusion(strong), tiles(METRICS.map(([key, name]) => tile(key, name))));
  }
  const node = el("div", {}, parts);
  panel.change((threshold) => {
    const counts = ranking.at(threshold);
    const put = (key, text) => { if (strong[key]) strong[key].textContent = text; };
    for (const key of ["anomalies", "normal", "tp", "fp", "tn", "fn"]) put(key, count(counts[key]));
    put("share", percent(counts.anomalies / ranking.n));
    for (const [key, value] of Object.entries(metrics(counts) ?? {})) put(key, metric(value));
  });
  return node;
}

function confusion(strong) {
  const cell = (key, kind, sign, words) => {
    strong[key] = el("strong", { id: `count-${key}` }, "–");
    return el("td", { class: kind }, strong[key], el("small", {}, `${sign} ${words}`));
  };
  return el("div", { class: "scroll" }, el("table", { class: "confusion" },
    el("caption", {}, "Confusion matrix"),
    el("thead", {}, el("tr", {}, el("td", {}, ""), el("th", { scope: "col" }, "called anomaly"), el("th", { scope: "col" }, "called normal"))),
    el("tbody", {},
      el("tr", {}, el("th", { scope: "row" }, "▲ outlier"), cell("tp", "right", "✓", "caught"), cell("fn", "wrong", "✗", "missed")),
      el("tr", {}, el("th", { scope: "row" }, "● inlier"), cell("fp", "wrong", "✗", "false alarm"), cell("tn", "right", "✓", "passed")))));
}

/** The ROC curve with the threshold's place on it; null without both classes. */
export function rocFigure(ranking, panel, signal) {
  if (!ranking.labels) return null;
  const curve = ranking.roc();
  if (curve === null) return null;
  const auc = area(curve);
  const figure = frame("ROC curve", `ROC curve, area ${metric(auc)}`, {
    keys: [["line", "--inlier", "model"], ["triangle", "--outlier", "this threshold"]], caption: `Area under the curve ${metric(auc)}. A coin has 0.5.` });
  const chart = linePlot(figure.host, {
    x: curve.x, lines: [{ name: "true positives", values: curve.y }], xLabel: "share of inliers called anomalies", yLabel: "share of outliers caught",
    range: { x: () => [-0.01, 1.01], y: () => [-0.01, 1.03] }, height: 300, signal,
    after: (u, c) => clipped(u, (ctx) => {
      const { tp, fn, fp, tn } = ranking.at(panel.value);
      const path = new Path2D();
      const ratio = window.devicePixelRatio || 1;
      mark(path, true, u.valToPos(fp / (fp + tn), "x", true), u.valToPos(tp / (tp + fn), "y", true), 7 * ratio);
      ctx.fillStyle = c.outlier;
      ctx.fill(path);
      ctx.strokeStyle = c.card;
      ctx.lineWidth = ratio;
      ctx.stroke(path);
    }),
  });
  panel.change(() => chart.redraw());
  return figure.node;
}
