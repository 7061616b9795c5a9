// Two experiments side by side: what differs in their settings, and the rows that both have.

import { at, get } from "../api.js";
import { card, el, empty, field, load, select } from "../dom.js";
import { picture } from "../figure.js";
import { count, metric } from "../format.js";
import { table } from "../table.js";

export const title = () => "Two experiments";

export async function show(main, parts, query, signal) {
  const host = el("div", {});
  main.append(el("p", { class: "crumbs" }, el("a", { href: "#/results" }, "Results"), " / side by side"), el("h1", {}, "Two experiments side by side"), host);
  await load(host, "Reading both …", async () => {
    const { experiments } = await get("/api/experiments", signal);
    if (experiments.length < 2) return empty("There are fewer than two experiments here. Run another one, for example ", el("code", {}, "oddbench run experiments/quickstart.toml"), ".");
    const names = experiments.map((e) => e.name);
    const chosen = [names.includes(query.get("a")) ? query.get("a") : names[0], names.includes(query.get("b")) ? query.get("b") : names[1]];
    const body = el("div", {});
    const pick = (side, label) => field(label, select(names.map((n) => [n, n]), chosen[side], { onchange: (event) => { chosen[side] = event.target.value; draw(); } }));
    const draw = () => load(body, "Reading both …", async () => sides(await Promise.all(chosen.map((name) => get(at("experiments", name), signal)))));
    draw();
    return [el("div", { class: "card row" }, pick(0, "Left"), pick(1, "Right")), body];
  });
}

function sides([a, b]) {
  return [settings(a, b), metricsCard(a, b), figuresCard(a, b)];
}

function settings(a, b) {
  const s = (e, key) => (e.sizes ? count(e.sizes[key]) : "–");
  const rows = [
    ["data set", (e) => e.dataset], ["columns", (e) => e.features], ["labels", (e) => e.labels], ["split", (e) => e.split],
    ["thresholds", (e) => e.thresholds.map((t) => `${t.name}${t.oracle ? " (oracle)" : ""}`).join("; ")],
    ["training rows", (e) => s(e, "train")], ["test rows", (e) => s(e, "test")], ["outliers among them", (e) => s(e, "test_outliers")],
    ["preprocessing", (e) => words(e.preprocess)], ["trials done", (e) => count(e.trials.filter((t) => t.status === "completed").length)], ["oddbench", (e) => e.oddbench],
  ].map(([what, of]) => ({ what, left: of(a) ?? "–", right: of(b) ?? "–" }));
  const different = rows.filter((r) => r.left !== r.right).length;
  return card("Settings", el("p", { class: "note" }, `${different === 1 ? "1 setting differs" : `${different} settings differ`}. Figures are comparable only where data, labels, split and threshold rule agree.`),
    table({ caption: "Settings of both", hideCaption: true, rows, columns: [
      { title: "Setting", row_header: true, cell: (r) => r.what }, { title: a.name, wrap: true, cell: (r) => r.left }, { title: b.name, wrap: true, cell: (r) => r.right },
      { title: "Same?", cell: (r) => (r.left === r.right ? "= same" : el("strong", {}, "≠ differs")) },
    ] }));
}

/** Settings as the report says them: `scale min-max, encode one-hot`. */
function words(settings) {
  if (settings === null || typeof settings !== "object") return String(settings ?? "–");
  const entries = Object.entries(settings);
  return entries.map(([key, value]) => (Array.isArray(settings) ? words(value) : `${key} ${words(value)}`)).join(", ");
}

function metricsCard(a, b) {
  const host = el("div", {});
  const state = { a: 0, b: 0, key: "roc_auc" };
  const names = [...new Set([...a.rows, ...b.rows].map((r) => r.name))];
  const title = () => a.metrics.find((m) => m.key === state.key)?.title ?? state.key;
  // Better and worse have a meaning on the same rows under the same labels alone.
  const comparable = ["dataset", "labels", "split"].every((key) => a[key] === b[key]) && JSON.stringify(a.sizes) === JSON.stringify(b.sizes);
  const of = (e, rule, name) => e.rows.find((r) => r.name === name)?.rules[rule]?.metrics[state.key]?.median ?? null;
  const draw = () => {
    const rows = names.map((name) => ({ name, left: of(a, state.a, name), right: of(b, state.b, name) }));
    host.replaceChildren(table({ caption: `${title()} of both, medians over the seeds`, hideCaption: true, rows, columns: [
      { title: "Model", row_header: true, cell: (r) => r.name },
      { title: a.name, number: true, cell: (r) => metric(r.left) }, { title: b.name, number: true, cell: (r) => metric(r.right) },
      { title: "Right − left", number: true, cell: (r) => difference(r, comparable) },
    ] }), el("p", { class: "note" }, `Medians over the seeds. A dash: the experiment has no such row.${comparable ? "" : " Data, labels or split differ, so that no difference says which is better."}`));
  };
  const rules = (e, side) => field(`Rule, ${e.name}`, select(e.thresholds.map((t, i) => [i, `${t.name}${t.oracle ? " (oracle)" : ""}`]), 0, { onchange: (event) => { state[side] = Number(event.target.value); draw(); } }));
  const keys = a.metrics.filter((m) => m.key !== "threshold").map((m) => [m.key, m.title]);
  draw();
  return card("Models", el("div", { class: "row" }, field("Metric", select(keys, state.key, { onchange: (event) => { state.key = event.target.value; draw(); } })), rules(a, "a"), rules(b, "b")), host);
}

function difference({ left, right }, comparable) {
  if (left === null || right === null) return "–";
  const d = right - left;
  if (Math.abs(d) < 0.0005) return "= 0.000";
  const [up, down] = comparable ? ["▲ +", "▼ −"] : ["+", "−"];
  return `${d > 0 ? up : down}${Math.abs(d).toFixed(3)}`;
}

function figuresCard(a, b) {
  const stems = a.figures.filter((f) => b.figures.some((g) => g.stem === f.stem));
  if (stems.length === 0) return card("Figures", empty("The two have no figure in common."));
  const host = el("div", { class: "grid two" });
  const draw = (stem) => host.replaceChildren(...[a, b].map((e) => {
    const f = e.figures.find((g) => g.stem === stem);
    return el("div", {}, el("h3", {}, e.name), picture(f));
  }));
  draw(stems[0].stem);
  return card("Figures", el("div", { class: "row" }, field("Figure", select(stems.map((f) => [f.stem, f.title]), stems[0].stem, { onchange: (event) => draw(event.target.value) }))), host);
}
