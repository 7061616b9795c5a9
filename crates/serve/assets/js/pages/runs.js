// Experiments that are run from here: chosen, checked, started, watched, stopped.

import { at, get, path, post, remove } from "../api.js";
import { Address } from "../address.js";
import { announce, card, el, empty, field, load, problem, select, tiles } from "../dom.js";
import { count, num, plural, seconds } from "../format.js";
import { frame, linePlot } from "../plot.js";
import { table } from "../table.js";
import { colours } from "../theme.js";

export const title = () => "Runs";

/** Milliseconds between two looks at a run. */
const BEAT = 1000;
/** Letters of the output that are shown. */
const LETTERS = 60000;
const STATES = {
  running: "Running", stopping: "Stopping in good order", done: "Done", "trials-failed": "Over; some trials failed", stopped: "Stopped; run the file again to go on where it stopped",
  failed: "It could not be run; its output says why", lost: "The server ended while it ran; run the file again to go on",
};
const stated = (r) => (r.state === "killed" ? `It was killed by signal ${r.signal}; run the file again to go on where it stopped` : STATES[r.state]);
const TRIALS = { waiting: "– waiting", running: "▶ running", done: "✓ done", "done-before": "✓ done before", failed: "✗ failed" };
const going = (run) => run.state === "running" || run.state === "stopping";

export async function show(main, parts, query, signal) {
  const address = new Address("runs", query);
  const host = el("div", {});
  const view = el("div", { id: "run-view" });
  const past = el("div", {});
  let inner = null;
  main.append(el("h1", {}, "Runs"), el("p", { class: "lead" }, "Run an experiment file that lies on the computer of this server, as ", el("code", {}, "oddbench run"), " does: check it, start it, and watch its trials."), host, view, past);
  const opened = (run, focus = true) => {
    inner?.abort();
    inner = new AbortController();
    signal.addEventListener("abort", () => inner.abort());
    address.set({ run: run.id });
    view.replaceChildren(watch({ run, forgotten, ended: listed, signal: inner.signal }));
    if (focus) view.querySelector("h2")?.focus();
  };
  const forgotten = () => {
    inner?.abort();
    address.set({ run: null });
    view.replaceChildren();
    listed();
  };
  async function listed() {
    try {
      const { runs } = await get("/api/runs", signal);
      past.replaceChildren(...(runs.length === 0 ? [] : [card("Runs of this server", runTable(runs, opened))]));
    } catch (error) {
      if (!signal.aborted) past.replaceChildren(problem(error));
    }
  }
  await load(host, "Reading which experiment files there are …", async () => {
    const all = await get("/api/runs", signal);
    if (!all.allowed) return disallowed();
    const open = all.runs.find((run) => run.id === address.get("run")) ?? all.runs.find(going);
    if (open) opened(open, false);
    listed();
    return all.offered.files.length === 0 ? empty("There is no experiment file (.toml) in the folders that were named. Reload this page when there is one.") : chooser({ offered: all.offered, address, opened, listed, signal });
  });
}

function disallowed() {
  return empty(el("p", {}, el("strong", {}, "This server runs no experiments.")), el("p", {}, "Whoever runs it names the folders whose experiment files may be run from here. Start it again with one:"),
    el("pre", { tabindex: "0" }, "oddbench serve --run-dir experiments"), el("p", {}, "An experiment file may start commands, so that this is off unless it is asked for. In a terminal:"), el("pre", { tabindex: "0" }, "oddbench run experiments/quickstart.toml"));
}

function chooser({ offered, address, opened, listed, signal }) {
  const names = offered.files.map((f) => f.name).sort();
  const chosen = names.includes(address.get("file")) ? address.get("file") : names[0];
  const said = el("div", { id: "check-result" });
  const file = select(names.map((name) => [name, name]), chosen, { id: "run-file", onchange: () => { address.set({ file: file.value }); said.replaceChildren(); } });
  const buttons = [el("button", { type: "button", id: "check", onclick: () => act(check) }, "Check"), el("button", { type: "button", class: "main", id: "run-start", onclick: () => act(start) }, "▶ Run")];
  async function act(what) {
    buttons.forEach((b) => { b.disabled = true; });
    try {
      await what();
    } catch (error) {
      if (!signal.aborted) said.replaceChildren(problem(error));
    }
    buttons.forEach((b) => { b.disabled = false; });
  }
  async function check() {
    said.replaceChildren(el("p", { class: "busy note", role: "status" }, "Checking: the rows that are here are loaded, too …"));
    const found = await post("/api/runs/check", { file: file.value }, signal);
    const word = found.ok ? el("p", { class: "ok" }, "✓ It can be run.") : el("p", { class: "bad" }, "✗ It cannot be run.");
    said.replaceChildren(el("div", { role: "status" }, word), el("pre", { tabindex: "0", role: "region", "aria-label": "What the check says" }, found.output));
  }
  async function start() {
    said.replaceChildren();
    const run = await post("/api/runs", { file: file.value }, signal);
    announce(`${run.file} has started`);
    opened(run);
    listed();
  }
  return card("An experiment file", el("div", { class: "row" }, field("File", file), buttons), offered.more ? el("p", { class: "note" }, "There are more files; those that were changed last are listed.") : null, said,
    el("p", { class: "note" }, "What has been computed before is not computed again. One experiment runs at a time. It is stopped in good order if the server ends."));
}

function runTable(runs, opened) {
  return table({ caption: "Runs, newest first", hideCaption: true, rows: runs, columns: [
    { title: "File", row_header: true, cell: (r) => el("button", { type: "button", class: "link", onclick: () => opened(r) }, r.file) },
    { title: "Started", cell: (r) => new Date(1000 * r.started_at).toLocaleString("en-GB") }, { title: "State", wrap: true, cell: stated },
    { title: "Trials", number: true, cell: (r) => (r.trials === 0 ? "–" : `${count(r.done)} of ${count(r.trials)}`) }, { title: "Failed", number: true, cell: (r) => count(r.failed) },
  ] });
}

function watch({ run, forgotten, ended, signal }) {
  const state = { now: { ...run, trials_now: [], notes: [], results: [], report: false }, from: 0, text: "", timer: null };
  const heading = el("h2", { tabindex: "-1" }, run.file);
  const words = el("p", { role: "status", id: "run-state" });
  const bar = el("progress", { max: 1, value: 0, "aria-label": "Share of the trials that are over" });
  const stop = el("button", { type: "button", id: "run-stop", onclick: () => end() }, "■ Stop");
  const links = el("p", { id: "run-links" });
  const counters = el("div", {});
  const trouble = el("div", {});
  const notes = el("div", {});
  const trials = el("div", { id: "run-trials", class: "tall" });
  const curves = curvePlot(signal);
  const output = el("pre", { tabindex: "0", id: "run-output", role: "region", "aria-label": "What the run prints" });
  const details = el("details", {}, el("summary", {}, "What it prints"), output);

  function draw() {
    const r = state.now;
    const said = `${stated(r)}.`;
    if (words.textContent !== said) {
      words.textContent = said;
      words.className = ["failed", "trials-failed", "killed"].includes(r.state) ? "bad" : r.state === "done" ? "ok" : "note";
    }
    if (r.state === "failed") details.open = true;
    bar.value = r.trials === 0 ? 0 : (r.done + r.failed) / r.trials;
    stop.textContent = r.state === "stopping" ? "■ Stop at once" : going(r) ? "■ Stop" : "Forget this run";
    counters.replaceChildren(tiles([
      [`${count(r.done)} of ${count(r.trials)}`, "trials done", "run-done"], [count(r.failed), "failed", "run-failed"], [count(r.trials_now.filter((t) => t.state === "running").length), "running now"],
      [r.left_seconds === null || r.left_seconds === undefined ? "–" : seconds(r.left_seconds), "left, about"],
    ]));
    links.replaceChildren(...[
      ...r.results.map((name) => [el("a", { href: `#/results/${encodeURIComponent(name)}` }, `Results of ${name}`), " "]).flat(),
      r.report ? el("a", { href: `${at("runs", r.id)}/report`, download: "" }, "Download the report") : null,
    ].filter(Boolean));
    notes.replaceChildren(...(r.notes.length ? [el("ul", { class: "notes" }, r.notes.map((text) => el("li", {}, text)))] : []));
    const top = trials.querySelector(".scroll")?.scrollTop ?? 0;
    trials.replaceChildren(r.trials_now.length === 0 ? empty("The trials will stand here once they are planned.") : trialTable(r));
    const scroll = trials.querySelector(".scroll");
    if (scroll) scroll.scrollTop = top;
    curves.show(r.trials_now.filter((t) => t.epochs.length > 1));
  }
  async function print() {
    for (;;) {
      const piece = await get(path(`${at("runs", run.id)}/output`, { from: state.from }), signal);
      state.from = piece.next;
      if (piece.text) {
        state.text = (state.text + piece.text).slice(-LETTERS);
        const low = output.scrollHeight - output.scrollTop - output.clientHeight < 40;
        output.textContent = state.text;
        if (low) output.scrollTop = output.scrollHeight;
      }
      if (!piece.more) return;
    }
  }
  async function look() {
    try {
      const before = state.now.state;
      state.now = await get(at("runs", run.id), signal);
      await print();
      draw();
      if (!going(state.now)) {
        if (before !== state.now.state) {
          announce(`${run.file}: ${STATES[state.now.state]}`);
          ended();
        }
        return;
      }
    } catch (error) {
      if (signal.aborted || error.name === "AbortError") return;
      trouble.replaceChildren(problem(error));
      if (error.status === 404) return;
    }
    if (!signal.aborted) state.timer = setTimeout(look, BEAT);
  }
  async function end() {
    const was = state.now;
    stop.disabled = true;
    try {
      await remove(at("runs", run.id));
      if (!going(was)) return forgotten();
      clearTimeout(state.timer);
      look();
    } catch (error) {
      trouble.replaceChildren(problem(error));
    }
    stop.disabled = false;
  }
  signal.addEventListener("abort", () => clearTimeout(state.timer));
  draw();
  look();
  return el("div", {}, el("section", { class: "card" }, heading, words, bar, el("div", { class: "row middle" }, stop, links), trouble, notes), counters,
    curves.node, card("Trials", trials), card("Output", details));
}

function trialTable(r) {
  const result = r.results.length === 1 ? r.results[0] : null;
  const over = (t) => t.state === "done" || t.state === "done-before";
  return table({ caption: "The trials of the run", hideCaption: true, rows: r.trials_now, columns: [
    { title: "Trial", row_header: true, cell: (t) => (result && over(t) ? el("a", { href: `#/results/${encodeURIComponent(result)}/${encodeURIComponent(t.id)}` }, t.name) : t.name) },
    { title: "State", cell: (t) => el("span", { class: t.state === "failed" ? "bad" : over(t) ? "ok" : null }, TRIALS[t.state]) },
    { title: "Epoch", number: true, cell: (t) => (t.epochs.length === 0 ? "–" : `${count(t.epochs.at(-1).epoch)} of ${count(t.epochs.at(-1).epochs)}`) },
    { title: "Loss", number: true, cell: (t) => (t.epochs.length === 0 ? "–" : num(t.epochs.at(-1).loss)) },
    { title: "ROC-AUC", number: true, cell: (t) => num(t.roc_auc) }, { title: "F1", number: true, cell: (t) => num(t.f1) }, { title: "Fit", number: true, cell: (t) => seconds(t.fit_seconds) },
    { title: "Remark", wrap: true, cell: (t) => t.message ?? "" },
  ] });
}

/** The losses of the trials that run and of those that ended last; drawn anew where they are other trials. */
function curvePlot(signal) {
  const node = el("div", { id: "run-curves" });
  let shown = null;
  let trials = [];
  let chart = null;
  let inner = null;
  const epochs = () => [...new Set(trials.flatMap((t) => t.epochs.map((e) => e.epoch)))].sort((a, b) => a - b);
  const losses = (id) => {
    const known = new Map((trials.find((t) => t.id === id)?.epochs ?? []).map((e) => [e.epoch, e.loss]));
    return epochs().map((epoch) => known.get(epoch) ?? null);
  };
  function draw() {
    inner?.abort();
    inner = new AbortController();
    signal.addEventListener("abort", () => inner.abort());
    if (trials.length === 0) return node.replaceChildren();
    const figure = frame("Loss by epoch", `Losses of ${trials.map((t) => t.name).join(", ")}`, {
      keys: trials.map((t, i) => [i % 2 === 1 ? "dashed" : "line", colours().series[i % colours().series.length], t.name]), caption: "Training losses of the trials that run and of those that ended last." });
    chart = linePlot(figure.host, { x: epochs, lines: trials.map(({ id, name }, i) => ({ name, dashed: i % 2 === 1, values: () => losses(id) })), xLabel: "epoch", yLabel: "loss", height: 240, signal: inner.signal });
    node.replaceChildren(card("Learning curves", figure.node));
  }
  document.addEventListener("themechange", () => shown !== null && draw(), { signal });
  return {
    node,
    show: (now) => {
      trials = now.slice(-8);
      const ids = trials.map((t) => t.id).join(" ");
      if (ids !== shown) {
        shown = ids;
        draw();
      } else chart?.refresh();
    },
  };
}
