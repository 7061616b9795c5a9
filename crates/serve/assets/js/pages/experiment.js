// One experiment: its table, trials and figures.

import { at, get, path } from "../api.js";
import { announce, busy, card, check, el, facts, field, load, problem, select, tiles } from "../dom.js";
import { picture } from "../figure.js";
import { count, fixed, metric, num, plural, seconds } from "../format.js";
import { localTable, table } from "../table.js";

export const title = ([name]) => name;

export async function show(main, [name], query, signal) {
  const host = el("div", {});
  main.append(el("p", { class: "crumbs" }, el("a", { href: "#/results" }, "Results"), " / ", name), el("h1", {}, name), host);
  await load(host, "Reading the experiment …", async () => content(name, await read(name, signal), signal));
  follow(name, host, signal);
}

/** The tables; what takes the server time comes after them. */
const read = (name, signal) => get(path(at("experiments", name), { lean: true }), signal);

/** What `work` resolves to, in a place that says `text` until it is there. */
function later(text, work, show) {
  const host = el("div", {}, busy(text));
  work.then((found) => host.replaceChildren(...[show(found)].flat().filter(Boolean)), (error) => error.name !== "AbortError" && host.replaceChildren(problem(error)));
  return host;
}

function content(name, e, signal) {
  const judged = get(at("experiments", name, "verdict"), signal);
  const drawn = get(at("experiments", name, "figures"), signal).then((found) => found.figures);
  return [
    el("p", { class: "lead" }, e.description ?? ""), files(name),
    e.synthetic ? el("p", { class: "warning" }, "The rows are synthetic: the figures show how oddbench works, not how good a model is.") : null,
    verdict(name, judged, drawn), sizes(e.sizes), ...(e.operator.leads ? [operator(e), comparison(e)] : [comparison(e), operator(e)]), later("Drawing the figures …", drawn, (f) => figures(e, f)), trials(name, e), about(e),
  ].filter(Boolean);
}

/** What to take away: the report with its pictures, and the table. */
function files(name) {
  const link = (file, text) => el("a", { href: at("experiments", name, file), target: "_blank", rel: "noopener" }, text);
  return el("p", { class: "note files" }, link("report", "Report as one page"), " · ", link("table.csv", "Table as CSV"), " · each figure below as SVG and PNG");
}

/** Milliseconds between two looks at an experiment that runs. */
const LOOK = 3000;

/**
 * Shows what a running experiment has finished, every few seconds. Where no process works on the missing trials it
 * stops, and looks again when a reader comes back to the page.
 */
async function follow(name, host, signal) {
  let shown = null;
  let timer = null;
  const line = el("p", { class: "note", id: "experiment-progress", role: "status" });
  const look = async () => {
    clearTimeout(timer);
    let p;
    try {
      p = await get(at("experiments", name, "progress"), signal);
    } catch {
      return; // The server is gone or the page was left: what is shown stays.
    }
    const done = p.completed + p.failed;
    if (shown !== null && done !== shown) {
      const e = await read(name, signal).catch(() => null);
      if (signal.aborted || e === null) return;
      const place = scrollY;
      host.replaceChildren(...content(name, e, signal));
      scrollTo({ top: place, behavior: "instant" });
      announce(`${count(done)} of ${plural(p.trials, "trial")} done`);
    }
    shown = done;
    if (p.missing === 0) return line.remove();
    line.textContent = `${count(done)} of ${plural(p.trials, "trial")} done, ${count(p.running)} running${p.running > 0 ? "; this page follows" : ""}.`;
    if (!line.isConnected) host.before(line);
    if (p.running > 0 && !document.hidden) timer = setTimeout(look, LOOK);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  document.addEventListener("visibilitychange", () => !document.hidden && look(), { signal });
  await look();
}

/** A table with a box that shows what is asked for alone: elements of class `x`. */
function withMore(label, ...children) {
  return el("div", { class: "more" }, check(label).node, children);
}

/** The answer in sentences, as the report opens with them, and the comparisons that it rests on. */
function verdict(name, judged, drawn) {
  const cost = (found) => found.filter((f) => f.stem === "cost").map((f) => el("div", { class: "one" }, picture(f)));
  return card("Verdict", later("Comparing the models …", judged, (v) => [...sentences(v), later("Drawing the figure …", drawn, cost), pairs(name, v)]));
}

const sentences = (v) => [
  ...v.sentences.map((text) => el("p", { class: "verdict" }, text)),
  ...(v.caveats.length > 0 ? [el("h3", {}, "What would change it"), el("ul", { class: "note" }, v.caveats.map((text) => el("li", {}, text)))] : []),
];

/** The comparisons that the sentences rest on. */
function pairs(name, v) {
  if (v.pairs.length === 0) return null;
  const columns = [
    { title: "Model", row_header: true, key: "first", cell: (p) => p.first, value: (p) => p.first },
    { title: "Against", key: "second", cell: (p) => p.second, value: (p) => p.second },
    { title: "Median ROC-AUC", key: "a", number: true, value: (p) => p.medians[0], cell: (p) => metric(p.medians[0]) },
    { title: "Of the other", key: "b", number: true, value: (p) => p.medians[1], cell: (p) => metric(p.medians[1]) },
    { title: "Difference", key: "difference", number: true, value: (p) => p.difference, cell: (p) => p.shown.difference },
    { title: "95 % interval", key: "low", number: true, value: (p) => p.low, cell: (p) => p.shown.interval },
    { title: "p, Holm", key: "p", number: true, value: (p) => p.p, cell: (p) => p.shown.p },
    { title: "The first is", key: "answer", value: (p) => p.answer, cell: (p) => (p.answer === "unsure" ? "may be chance" : p.answer) },
  ];
  return el("details", {}, el("summary", {}, `Is one model better than another? ${plural(v.pairs.length, "comparison")}`),
      localTable({ caption: `Comparisons of ${name}`, hideCaption: true, columns, rows: v.pairs, size: 60 }),
      el("p", { class: "note" }, "Medians over the seeds, or over folds. The intervals include the chance of the seeds and of the test rows. Holm's method corrects p for the comparisons of this table. tie: the interval holds 0. may be chance: it leaves 0 out, but p is not below 0.05."));
}

function sizes(s) {
  if (!s) return null;
  const rows = (part, n) => `${part} ${n === 1 ? "row" : "rows"}`;
  const share = (n, of) => `${count(n)} (${plural(of, "outlier")})`;
  return tiles([
    [count(s.train), `${rows("training", s.train)}${s.train_outliers ? `, ${plural(s.train_outliers, "outlier")}` : ""}`],
    [count(s.validation), `${rows("validation", s.validation)}, ${plural(s.validation_outliers, "outlier")}`],
    [count(s.test), `${rows("test", s.test)}, ${plural(s.test_outliers, "outlier")}`],
    ...(s.transfer ? [[share(s.transfer, s.transfer_outliers), "transfer rows"]] : []),
    [count(s.columns), "columns after preprocessing"],
  ]);
}

/** The columns of the comparison: what a study asks for, and not what an operator does. */
const study = (e) => e.metrics.filter(({ group }) => group === "study");

/** Those that stand in the table before anybody asks for more. */
const FIRST = ["precision", "recall", "f1", "roc_auc", "average_precision"];

/** The table of rows and metrics; the rule can be chosen. */
function comparison(e) {
  const host = el("div", {});
  const draw = (rule) => {
    const threshold = e.thresholds[rule];
    // As the report marks them: the best median of those that saw labels, and of those that did not; no sanity model.
    const bestOf = (row, key) => Math.max(...e.rows.filter((r) => r.contends && r.supervised === row.supervised).map((r) => r.rules[rule]?.metrics[key]?.median ?? -Infinity));
    const isBest = (row, key) => key !== "threshold" && row.contends && metric(row.rules[rule]?.metrics[key]?.median) === metric(bestOf(row, key));
    const published = (row) => e.anchors.flatMap((a) => a.anchors).find((a) => a.name === row.model);
    const columns = [
      { title: "Model", row_header: true, key: "name", cell: (row) => [row.name, row.supervised ? el("small", { class: "note" }, " (saw labels)") : null], value: (row) => row.name },
      { title: "Trials", key: "n", number: true, desk: true, value: (row) => row.status.completed, cell: (row) => count(row.status.completed) },
      ...study(e).map(({ key, title: heading, definition }) => ({
        title: heading, hint: definition, key, number: true, more: !FIRST.includes(key), desk: !["f1", "roc_auc"].includes(key), value: (row) => row.rules[rule]?.metrics[key]?.median ?? null,
        mark: (row) => (isBest(row, key) ? "best" : ""),
        cell: (row) => value(row.rules[rule]?.metrics[key], key, isBest(row, key)),
      })),
      ...(e.anchors.length ? [{ title: "Published ROC-AUC", key: "published", number: true, desk: true, value: (row) => published(row)?.metrics.roc_auc ?? null, cell: (row) => metric(published(row)?.metrics.roc_auc) }] : []),
      { title: "Fit", key: "fit", number: true, value: (row) => row.fit_seconds?.median ?? null, cell: (row) => seconds(row.fit_seconds?.median) },
      { title: "Score", key: "score", number: true, desk: true, value: (row) => row.score_seconds?.median ?? null, cell: (row) => seconds(row.score_seconds?.median) },
      { title: "Peak", key: "peak", number: true, value: (row) => row.peak_rss_mb?.median ?? null, cell: (row) => (row.peak_rss_mb ? `${num(row.peak_rss_mb.median, 3)} MiB` : "–") },
      // Where all is done the column would only repeat it.
      ...(e.rows.some((row) => row.status.failed + row.status.missing > 0) ? [{ title: "State", key: "state", value: (row) => row.status.failed + row.status.missing, cell: (row) => state(row.status) }] : []),
    ];
    const undefinedRows = e.rows.filter((row) => row.rules[rule]?.undefined);
    host.replaceChildren(
      ...(threshold?.oracle ? [el("p", { class: "warning" }, "Oracle: this threshold was chosen on the very test rows that it is judged by. No detector in use could do so.")] : []),
      withMore("All columns and ranges", localTable({ caption: `${e.name}, ${threshold?.name ?? "no threshold"}`, hideCaption: true, columns, rows: e.rows, size: 60 })),
      el("p", { class: "note" }, "Medians over the seeds, or over folds; ★ the best of a column, of models that saw labels and of those that did not, sanity models aside. Below the ROC-AUC, and on demand below every figure, the least and the greatest of the trials; the trials below have every single one."),
      ...e.elsewhere.map((text) => el("p", { class: "note" }, text)),
      ...undefinedRows.map((row) => el("p", { class: "note" }, `${row.name}: ${row.rules[rule].undefined}`)));
  };
  const chooser = select(e.thresholds.map((t, i) => [i, `${t.name}${t.oracle ? " (oracle)" : ""}`]), 0, { onchange: (event) => draw(Number(event.target.value)) });
  draw(0);
  return card("Models", e.thresholds.length > 1 ? el("div", { class: "row" }, field("Threshold rule", chooser)) : null, host);
}

/** What an operator decides by, in the words and the order of the report. */
function operator(e) {
  const o = e.operator;
  const notes = o.notes.map((text) => el("p", { class: "note" }, text));
  if (o.main === null) return notes.length > 0 ? card("Operator's view", notes) : null;
  const at = (row, rate) => row.operating[rate];
  const of = (title, key, figure, show, more = () => null, desk = false) => ({
    title, key, number: true, desk, value: (row) => figure(row)?.value ?? null, cell: (row) => estimate(figure(row), show, more(row)),
  });
  const alarms = o.flows_per_day === null ? ["False alarms per million", "false_alarms_per_million"] : ["False alarms a day", "false_alarms_per_day"];
  const missed = (rate) => (row) => (at(row, rate).held === false ? el("span", { class: "bad", title: "The threshold did not hold: more false alarms than asked for" }, "‡") : null);
  const columns = [
    { title: "Model", row_header: true, key: "name", cell: (row) => [row.name, row.supervised ? el("small", { class: "note" }, " (saw labels)") : null], value: (row) => row.name },
    ...o.resolved.flatMap((rate) => [
      of(`Recall at FPR ${o.fpr[rate]}`, `recall-${rate}`, (row) => at(row, rate).recall, metric, undefined, rate !== o.main),
      of(`FPR reached (${o.fpr[rate]})`, `reached-${rate}`, (row) => at(row, rate).fpr_reached, digits, missed(rate), true),
    ]),
    ...o.prevalence.map((share, i) => of(`Precision at base rate ${share}`, `precision-${i}`, (row) => at(row, o.main).precision[i], precision, undefined, share !== Math.min(...o.prevalence))),
    of(alarms[0], "alarms", (row) => at(row, o.main)[alarms[1]], (v) => count(Math.round(v))),
  ];
  return card("Operator's view", o.answer.map((text) => el("p", {}, text)),
    withMore("All columns and ranges", el("div", { class: "narrow" }, localTable({ caption: `${e.name}, what each model finds at a stated share of false alarms; precision and false alarms at FPR ${o.fpr[o.main]}`, hideCaption: true, columns, rows: e.rows, size: 60 }))),
    el("p", { class: "note" }, `Below each figure its 95 % interval. Precision and false alarms are those at FPR ${o.fpr[o.main]}.`),
    el("details", {}, el("summary", {}, "What the columns mean"), notes));
}

/** Two digits, as the report has them. */
const digits = (v) => (v === 0 ? "0" : v >= 1e-4 ? fixed(v, Math.max(0, 1 - Math.floor(Math.log10(v)))) : v.toExponential(1));

/** Small precisions keep two digits. */
const precision = (v) => (v > 0 && v < 0.01 ? digits(v) : metric(v));

/** A figure, its 95 % interval below it, and its range over the trials for those who ask. */
function estimate(figure, show, more) {
  if (!figure) return "–";
  const { n, min, max } = figure.trials;
  const many = n > 1 ? `${plural(n, "trial")}: ${show(min)} to ${show(max)}` : "one trial";
  return [show(figure.value), more, el("small", { class: "interval" }, `${show(figure.low)} to ${show(figure.high)}`), el("small", { class: "interval x" }, many)];
}

function value(spread, key, best) {
  if (!spread) return "–";
  const show = key === "threshold" ? num : metric;
  const range = spread.n > 1 ? el("small", { class: key === "roc_auc" ? "interval" : "interval x" }, `${show(spread.min)} to ${show(spread.max)}`) : null;
  return [best ? "★ " : "", show(spread.median), range];
}

function state({ completed, failed, missing }) {
  if (failed + missing === 0) return el("span", { class: "ok" }, "✓ done");
  return el("span", { class: "bad" }, `✗ ${count(failed)} failed, ${count(missing)} missing of ${count(completed + failed + missing)}`);
}

function figures(e, all) {
  if (all.length === 0) return null;
  const show = picture;
  const shown = all.filter((f) => f.stem !== "cost");
  const shared = shown.filter((f) => f.row === null || f.row === undefined);
  const rows = e.rows.map((row, i) => [row, shown.filter((f) => f.row === i)]).filter(([, own]) => own.length > 0);
  return card("Figures", el("div", { class: "grid" }, shared.map(show)),
    rows.map(([row, own]) => {
      const grid = el("div", { class: "grid" });
      const fold = el("details", { ontoggle: () => { if (fold.open && !grid.firstChild) grid.append(...own.map(show)); } }, el("summary", {}, `${row.name}: ${plural(own.length, "figure")}`), grid);
      return fold;
    }));
}

/** The metrics that the table of trials has room for. */
const SHOWN = ["f1", "roc_auc", "average_precision"];

function trials(name, e) {
  const columns = [
    { title: "Trial", key: "id", row_header: true, cell: (t) => el("a", { href: `#/results/${encodeURIComponent(name)}/${encodeURIComponent(t.id)}`, class: "mono" }, t.id.slice(0, 8)) },
    { title: "Model", key: "name", cell: (t) => t.name },
    { title: "Seed", key: "seed", number: true, cell: (t) => (t.seed === null ? "–" : String(t.seed)) },
    ...(e.trials.some((t) => t.fold) ? [{ title: "Fold", key: "fold", number: true, cell: (t) => t.fold_name ?? t.fold ?? "–" }] : []),
    { title: "Backend", key: "backend", cell: (t) => t.backend },
    ...e.metrics.filter(({ key }) => SHOWN.includes(key)).map(({ key, title: heading, definition }) => ({
      title: heading, hint: definition, key, number: true, value: (t) => t.metrics?.[key] ?? null, cell: (t) => metric(t.metrics?.[key]),
    })),
    { title: "State", key: "status", cell: (t) => (t.status === "completed" ? el("span", { class: "ok" }, "✓ completed") : el("span", { class: "bad" }, `✗ ${t.status}`)) },
  ];
  return card("Trials", el("p", { class: "note" }, "Open a trial for its learning curve, scores and errors."), localTable({ caption: `Trials of ${name}`, hideCaption: true, columns, rows: e.trials, size: 25 }));
}

function about(e) {
  const env = e.environment ?? {};
  const anchors = e.anchors.flatMap((a) => [el("h3", {}, `Published figures: ${a.name}`), el("p", {}, a.source), el("ul", {}, (a.notes ?? []).map((n) => el("li", {}, n)))]);
  return card("How it was made",
    facts([["data set", e.dataset], ["columns", e.features], ["labels", e.labels], ["split", e.split], ["oddbench", e.oddbench], ["revision", e.git_revision],
      ["computer", [env.cpu, env.platform, env.cores ? plural(env.cores, "core") : null].filter(Boolean).join(", ")], ["overrides", e.overrides?.length ? e.overrides.map(String).join(", ") : null]]),
    e.audit ? auditNotes(e.audit) : null, anchors,
    el("details", {}, el("summary", {}, "The resolved experiment file"), el("pre", { tabindex: "0" }, JSON.stringify(e.spec, null, 2))));
}

/** The audit as it is in audit.json: a tree of numbers, shown as a table of paths. */
function auditNotes(audit) {
  const lines = [];
  const walk = (value, path) => {
    if (value !== null && typeof value === "object") Object.entries(value).forEach(([k, v]) => walk(v, [...path, k.replaceAll("_", " ")]));
    else if (value !== null) lines.push({ what: path.join(" · "), value: typeof value === "number" ? num(value, 6) : String(value) });
  };
  walk(audit, []);
  return el("details", {}, el("summary", {}, "What the rows allow: duplicates, overlap, ceilings"),
    table({ caption: "The audit of the rows", columns: [{ title: "What", row_header: true, cell: (r) => r.what }, { title: "Figure", number: true, cell: (r) => r.value }], rows: lines.slice(0, 300) }));
}
