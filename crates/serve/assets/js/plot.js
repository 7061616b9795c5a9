// Plots: uPlot draws axes, grid and lines; marks of our own are drawn in its `draw` hook.
// uPlot is a plain script (vendor/) and stands in the global scope.

import { el, svg } from "./dom.js";
import { num } from "./format.js";
import { colours } from "./theme.js";

const FONT = "12px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

function axis(c, label, extra = {}) {
  return {
    stroke: c.muted, font: FONT, labelFont: FONT, label, labelSize: 18, labelGap: 2,
    grid: { stroke: c.line, width: 1 }, ticks: { stroke: c.line, width: 1, size: 5 },
    values: (_, splits) => splits.map((v) => (v === null ? "" : num(v, 3))), ...extra,
  };
}

/**
 * A plot in `host` that follows its width and the theme. `options(colours)` gives uPlot's options without
 * size; `data()` its data. Returns `{redraw, rebuild, plot}`.
 */
export function plot(host, { height = 260, options, data, signal }) {
  let made = null;
  const rebuild = () => {
    const width = Math.max(180, Math.floor(host.clientWidth));
    made?.destroy();
    host.replaceChildren();
    made = new window.uPlot({ width, height, legend: { show: false }, ...options(colours()) }, data(), host);
  };
  const observer = new ResizeObserver(() => {
    const width = Math.max(180, Math.floor(host.clientWidth));
    if (made === null) rebuild();
    else if (made.width !== width) made.setSize({ width, height });
  });
  observer.observe(host);
  document.addEventListener("themechange", rebuild, { signal });
  signal?.addEventListener("abort", () => {
    observer.disconnect();
    made?.destroy();
    made = null;
  });
  // A slider moves more often than a screen shows it, and most plots of a long page are out of sight: these wait.
  const drawing = { seen: true, due: null, stale: false };
  const redraw = () => {
    drawing.stale = true;
    if (!drawing.seen) return;
    drawing.due ??= requestAnimationFrame(() => {
      Object.assign(drawing, { due: null, stale: false });
      made?.redraw(false);
    });
  };
  const sight = new IntersectionObserver((entries) => {
    drawing.seen = entries.at(-1).isIntersecting;
    if (drawing.stale) redraw();
  });
  sight.observe(host);
  signal?.addEventListener("abort", () => sight.disconnect());
  return {
    redraw,
    refresh: () => made?.setData(data()),
    rebuild: () => made && rebuild(),
    get plot() { return made; },
  };
}

/** A figure with a place for a plot; `label` tells what it shows to those who don't see it. */
export function frame(title, label, { keys = [], caption = null, drag = false } = {}) {
  const host = el("div", { class: drag ? "plot drag" : "plot", role: "img", "aria-label": label });
  const note = caption === null ? null : el("figcaption", {}, caption);
  const node = el("figure", {}, el("h3", {}, title), legend(keys), host, note);
  return { node, host, caption: note };
}

/** The key of a plot: `[[shape, colour, text], ...]`; shapes are dot, triangle, line, dashed, ring, bar and hatched. */
export function legend(keys) {
  if (keys.length === 0) return null;
  return el("ul", { class: "keys" }, keys.map(([shape, colour, text]) => el("li", {}, sample(shape, colour), text)));
}

function sample(shape, colour) {
  const paint = colour.startsWith("--") ? `var(${colour})` : colour;
  const box = svg("svg", { width: 18, height: 12, viewBox: "0 0 18 12", "aria-hidden": "true" });
  const mark = {
    dot: () => svg("circle", { cx: 9, cy: 6, r: 3.5 }),
    triangle: () => svg("path", { d: "M9 1l5 10h-10z" }),
    line: () => svg("path", { d: "M0 6h18", "stroke-width": 2.5, fill: "none" }),
    dashed: () => svg("path", { d: "M0 6h18", "stroke-width": 2.5, "stroke-dasharray": "5 3", fill: "none" }),
    ring: () => svg("circle", { cx: 9, cy: 6, r: 4.5, "stroke-width": 1.4, fill: "none" }),
    bar: () => svg("rect", { x: 3, y: 1, width: 12, height: 10, rx: 1 }),
    hatched: () => svg("path", { d: "M3 11v-10h12v10zM3 8l7 -7M3 11l10 -10M7 11l8 -8", "stroke-width": 1.4, fill: "none" }),
  }[shape]();
  const line = ["line", "dashed", "hatched", "ring"].includes(shape);
  mark.style[line ? "stroke" : "fill"] = paint;
  box.append(mark);
  return box;
}

/** Lines over a common x: `lines` are `{name, values, dashed}`. */
export function linePlot(host, { x, lines, xLabel, yLabel, height, range, signal, after }) {
  // The values below the pointer, in words under the plot.
  const said = el("p", { class: "note", "aria-hidden": "true" }, "\u00a0");
  host.after(said);
  const read = (u) => {
    const i = u.cursor.idx;
    const parts = i === null || i === undefined ? [] : lines.map((line, at) => [line.name, u.data[at + 1]?.[i]]).filter(([, v]) => v !== null && v !== undefined);
    said.textContent = parts.length === 0 ? "\u00a0" : `${xLabel} ${num(u.data[0][i])}: ${parts.map(([name, v]) => `${name} ${num(v)}`).join(", ")}`;
  };
  return plot(host, {
    height, signal,
    data: () => [typeof x === "function" ? x() : x, ...lines.map((line) => (typeof line.values === "function" ? line.values() : line.values))],
    options: (c) => ({
      cursor: { drag: { x: false, y: false }, points: { show: false } },
      scales: { x: { time: false, range: range?.x }, y: { range: range?.y } },
      axes: [axis(c, xLabel, { size: 34 }), axis(c, yLabel, { size: 62 })],
      series: [{}, ...lines.map((line, i) => ({
        label: line.name, stroke: c.series[i % c.series.length], width: 2,
        dash: line.dashed ? [6, 4] : undefined, points: { show: line.points ?? false }, spanGaps: true,
      }))],
      hooks: { draw: after ? [(u) => after(u, c)] : [], setCursor: [read] },
    }),
  });
}

/** Draws inside of the plot's area only. */
export function clipped(u, draw) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(ctx);
  ctx.restore();
}

/** Options of a plot whose marks are all ours. */
export function blank(c, { x, y, xLabel, yLabel, xLog = false, yLog = false, draw, xAxis = {}, yAxis = {}, ready = null }) {
  return {
    cursor: { show: false, drag: { x: false, y: false } },
    scales: {
      x: { time: false, distr: xLog ? 3 : 1, range: () => x() },
      y: { distr: yLog ? 3 : 1, range: () => y() },
    },
    axes: [axis(c, xLabel, { size: 34, ...xAxis }), axis(c, yLabel, { size: 62, ...yAxis })],
    series: [{}, { show: true, paths: () => null, points: { show: false } }],
    hooks: { draw: [(u) => clipped(u, (ctx) => draw(u, ctx))], ready: ready ? [ready] : [] },
  };
}

/** Two points that carry the ranges of a plot whose marks are ours. */
export function corners(x, y) {
  return [x, y];
}

/** A triangle for an outlier, a dot for an inlier: never told by colour alone. */
export function mark(path, outlier, x, y, size) {
  if (outlier) {
    path.moveTo(x, y - size * 1.25);
    path.lineTo(x + size * 1.15, y + size * 0.85);
    path.lineTo(x - size * 1.15, y + size * 0.85);
    path.closePath();
  } else {
    path.moveTo(x + size * 0.8, y);
    path.arc(x, y, size * 0.8, 0, 2 * Math.PI);
  }
}

function padded(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const v of values) {
    if (v === null) continue;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  if (low === Infinity) return [0, 1];
  const room = high > low ? (high - low) * 0.05 : 0.5;
  return [low - room, high + room];
}

/**
 * A scatter. `data()` gives `{x, y}`; `anomaly(i)` and `wrong(i)` say how point i is marked, so that a
 * moved threshold repaints without new data. A click near point i calls `open(i)`.
 */
export function scatterPlot(host, { data, anomaly, wrong = () => false, xLabel, yLabel, levels = () => ({}), height = 320, open = null, signal }) {
  const labels = (names) => (names ? { splits: () => names.map((_, i) => i), values: (_, s) => s.map((i) => names[i] ?? "") } : {});
  let ranges = null;
  let drawn = null;
  const range = () => {
    const { x, y } = data();
    if (drawn !== x) ranges = { x: padded(x), y: padded(y) };
    drawn = x;
    return ranges;
  };
  return plot(host, {
    height, signal,
    data: () => corners(range().x, range().y),
    options: (c) => blank(c, {
      x: () => range().x, y: () => range().y, xLabel: xLabel(), yLabel: yLabel(),
      xAxis: labels(levels().x), yAxis: levels().y ? { ...labels(levels().y), size: 90 } : {},
      draw: (u, ctx) => drawPoints(u, ctx, c, data(), anomaly, wrong),
      ready: open ? (u) => clickable(u, data, open) : null,
    }),
  });
}

/** Pixels that a click may miss a point by. */
const NEAR = 12;

/** A click opens the point that is nearest; the table of rows is the way there without a mouse. */
function clickable(u, data, open) {
  u.over.addEventListener("click", (event) => {
    const box = u.over.getBoundingClientRect();
    const { x, y } = data();
    let [best, at] = [NEAR, -1];
    for (let i = 0; i < x.length; i += 1) {
      if (x[i] === null || y[i] === null) continue;
      const away = Math.hypot(u.valToPos(x[i], "x") - (event.clientX - box.left), u.valToPos(y[i], "y") - (event.clientY - box.top));
      if (away < best) [best, at] = [away, i];
    }
    if (at >= 0) open(at);
  });
}

function drawPoints(u, ctx, c, { x, y }, anomaly, wrong) {
  const ratio = window.devicePixelRatio || 1;
  const normal = new Path2D();
  const odd = new Path2D();
  const rings = new Path2D();
  for (let i = 0; i < x.length; i += 1) {
    if (x[i] === null || y[i] === null) continue;
    const px = u.valToPos(x[i], "x", true);
    const py = u.valToPos(y[i], "y", true);
    const out = anomaly(i);
    mark(out ? odd : normal, out, px, py, (out ? 4 : 3) * ratio);
    if (wrong(i)) {
      rings.moveTo(px + 6 * ratio, py);
      rings.arc(px, py, 6 * ratio, 0, 2 * Math.PI);
    }
  }
  ctx.globalAlpha = 0.55;
  ctx.fillStyle = c.inlier;
  ctx.fill(normal);
  ctx.globalAlpha = 0.8;
  ctx.fillStyle = c.outlier;
  ctx.fill(odd);
  ctx.globalAlpha = 0.9;
  ctx.lineWidth = 1.2 * ratio;
  ctx.strokeStyle = c.ink;
  ctx.stroke(rings);
}
