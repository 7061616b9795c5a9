// A file on the server's computer that is followed: what is appended is scored at once, and anomalies are listed.

import { at, get, path, post, remove } from "../api.js";
import { announce, card, check, el, empty, field, load, problem, select, tiles } from "../dom.js";
import { bytes, count, num, percent, plural } from "../format.js";
import { frame, linePlot } from "../plot.js";
import { featureTable, openDialog } from "../row.js";
import { reasons } from "../detect/reasons.js";
import { table } from "../table.js";

/** Milliseconds between two looks. */
const BEAT = 700;
/** Looks that the figure shows. */
const SHOWN = 300;
const LISTED = 50;

export function followPanel({ address, signal }) {
  const host = el("div", {});
  const state = { inner: null };
  const renewed = () => {
    state.inner?.abort();
    state.inner = new AbortController();
    signal.addEventListener("abort", () => state.inner.abort());
    return state.inner.signal;
  };
  const choose = () => {
    address.set({ follow: null, row: null });
    const inner = renewed();
    load(host, "Reading which files there are …", () => chooser({ address, opened, inner }));
  };
  const opened = (follow) => {
    address.set({ source: "file", follow: follow.id, file: follow.file, model: follow.model });
    host.replaceChildren(watch({ follow, address, left: choose, signal: renewed() }));
    host.querySelector("h2")?.focus();
  };
  const known = address.get("follow");
  if (!known) choose();
  else {
    load(host, "Reading what was followed …", async () => {
      try {
        const follow = await get(at("follows", known), signal);
        return watch({ follow, address, left: choose, signal: renewed() });
      } catch (error) {
        if (error.status !== 404) throw error;
        address.set({ follow: null, row: null });
        return [card(null, el("p", { role: "status" }, "The file of this address is no longer followed: it was stopped, or the server was started anew. Follow it again.")), ...[await chooser({ address, opened, inner: renewed() })].flat()];
      }
    });
  }
  return host;
}

/** Which file, which model, which threshold; and what is followed already. */
async function chooser({ address, opened, inner }) {
  let [followed, { models }] = await Promise.all([get("/api/follows", inner), get(path("/api/models", { brief: 1 }), inner)]);
  if (!followed.allowed) {
    return empty(el("p", {}, el("strong", {}, "This server follows no files.")), el("p", {}, "Whoever runs it names the folders whose files may be followed. Start it again with one, for example:"),
      el("pre", { tabindex: "0" }, "oddbench serve --follow-dir /var/log/zeek"), el("p", {}, "Until then, the test rows of an experiment show how it works."));
  }
  const { files, more } = followed.offered;
  if (files.length === 0) return [running(followed.follows, opened), empty("There is no file in the folders that may be followed. CSV, JSON lines and Zeek logs can be; reload this page when there is one.")].filter(Boolean);
  if (models.length === 0) return empty(el("p", {}, "There is no saved model to score with. Run an experiment, fit a model under ", el("a", { href: "#/detect" }, "Detect"), ", or start the server with ", el("code", {}, "--models DIR"), "."));
  const file = select(files.map((f) => [f.name, `${f.name} · ${bytes(f.bytes)}`]), address.get("file", files[0].name), { id: "follow-file", onchange: () => { address.set({ file: file.value, model: null }); offered(); } });
  const model = select([], "", { id: "follow-model", onchange: () => { address.set({ model: model.value }); hinted(); } });
  const threshold = el("input", { type: "number", step: "any", id: "follow-threshold", value: address.get("threshold", ""), oninput: () => address.set({ threshold: threshold.value }) });
  const fromEnd = check("Only rows that are appended from now on", { id: "follow-from-end", checked: address.get("new") === "1", onchange: (event) => address.set({ new: event.target.checked ? 1 : null }) });
  const hinted = () => {
    const own = models.find((m) => m.id === model.value)?.threshold;
    threshold.placeholder = model.value === "" ? "" : own === null || own === undefined ? "needed: the model has none" : `${num(own)}, the model's own`;
  };
  /** The models whose columns the file has come first; one of them is chosen. */
  const offered = async () => {
    const asked = file.value;
    try {
      const found = await get(path("/api/models", { brief: 1, file: asked }), inner);
      if (asked !== file.value) return;
      models = found.models;
    } catch (error) {
      if (!inner.aborted) status.replaceChildren(problem(error));
      return;
    }
    const lacks = (m) => (m.lacking ?? []).length > 0;
    const fitting = models.filter((m) => !lacks(m));
    const others = models.filter(lacks).map((m) => [m.id, `${m.name} (the file has no ${m.lacking[0]}${m.lacking.length > 1 ? ` and ${count(m.lacking.length - 1)} more` : ""})`]);
    const remembered = models.find((m) => m.id === address.get("model"));
    const chosen = (remembered ?? fitting.find((m) => m.source !== "experiment") ?? fitting[0])?.id ?? "";
    const choices = [...(chosen === "" ? [["", "choose a model …"]] : []), ...groups(fitting), ...(others.length ? [{ group: "Models that read other columns", options: others }] : [])];
    model.replaceChildren(...select(choices, chosen).childNodes);
    model.value = chosen;
    hinted();
  };
  const status = el("div", {});
  const button = el("button", { type: "submit", class: "main", id: "follow-start" }, "Follow");
  const submit = async () => {
    button.disabled = true;
    status.replaceChildren();
    try {
      if (model.value === "") throw Object.assign(new Error("no model is chosen"), { remedy: "choose a model that reads the columns of this file" });
      opened(await post("/api/follows", { file: file.value, model: model.value, threshold: threshold.value === "" ? null : Number(threshold.value), from_end: fromEnd.input.checked }, inner));
    } catch (error) {
      if (!inner.aborted) status.replaceChildren(problem(error));
    }
    button.disabled = false;
  };
  await offered();
  return [running(followed.follows, opened), card("Follow a file",
    el("form", { novalidate: true, onsubmit: (event) => { event.preventDefault(); submit(); } }, el("div", { class: "row" }, field("File", file), field("Model", model), field("Threshold", threshold)),
      el("p", {}, fromEnd.node), more ? el("p", { class: "note" }, "There are more files; those that were changed last are listed.") : null, el("p", {}, button)), status,
    el("p", { class: "note" }, "A row whose score is greater than the threshold is an alarm. The file may be truncated or rotated. Lines that are no rows are counted and shown. The file is followed until it is stopped here or the server ends, whether or not this page is open."))].filter(Boolean);
}

/** The models by where they come from. */
function groups(models) {
  const names = { experiment: (m) => m.experiment, saved: () => "Saved by oddbench fit", fitted: () => "Fitted under Detect" };
  const found = new Map();
  for (const m of models) {
    const group = names[m.source](m);
    if (!found.has(group)) found.set(group, []);
    found.get(group).push([m.id, `${m.name} · ${group}`]);
  }
  return [...found].map(([group, options]) => ({ group, options }));
}

function running(follows, opened) {
  if (follows.length === 0) return null;
  return card("Followed now", el("ul", { class: "plain", id: "follows" }, follows.map((f) =>
    el("li", { class: "row middle" }, el("button", { type: "button", class: "link", onclick: () => opened(f) }, `${f.file} with ${f.model_name}`), el("span", { class: "note" }, `${f.state} · ${plural(f.rows, "row")} · ${plural(f.alarms, "alarm")}`)))));
}

function watch({ follow, address, left, signal }) {
  const state = { now: follow, alarms: null, list: null, series: { x: [], rate: [], alarms: [] }, start: Date.now(), timer: null };
  const words = el("p", { class: "note", role: "status", id: "follow-state" });
  const counters = el("div", {});
  const trouble = el("div", {});
  const remarks = el("div", {});
  const feed = el("div", { class: "feed", id: "alarms" });
  const toggle = el("button", { type: "button", class: "main", id: "follow-toggle", onclick: () => pause(state.now.state !== "paused") }, "❚❚ Pause");
  const stop = el("button", { type: "button", id: "follow-stop", onclick: () => end() }, "■ Stop");
  const other = el("button", { type: "button", id: "follow-other", onclick: () => left() }, "Other file …");
  const figure = frame("Rows and alarms a second", "Rows and alarms a second since this page was opened", { keys: [["line", "--inlier", "rows a second"], ["dashed", "--outlier", "alarms a second"]] });
  const chart = linePlot(figure.host, { x: () => state.series.x, lines: [{ name: "rows a second", values: () => state.series.rate }, { name: "alarms a second", dashed: true, values: () => state.series.alarms }], xLabel: "seconds", yLabel: "a second", range: { y: (u, low, high) => [0, Math.max(1, high * 1.1)] }, height: 220, signal });

  function draw() {
    const f = state.now;
    const said = worded(f);
    if (words.textContent !== said) words.textContent = said;
    toggle.textContent = f.state === "paused" ? "▶ Go on" : "❚❚ Pause";
    toggle.disabled = f.state === "failed";
    counters.replaceChildren(tiles([
      [count(f.rows), "rows", "follow-rows"], [num(f.rows_per_second, 3), "rows a second", "follow-rate"], [count(f.alarms), "alarms", "follow-alarms"], [f.rows === 0 ? "–" : percent(f.alarms / f.rows), "of the rows"],
      [count(f.skipped), "bad lines", "follow-bad"], [count(f.restarts), "times the file began anew", "follow-restarts"],
    ]));
    trouble.replaceChildren(...(f.error ? [problem({ message: f.error, remedy: f.remedy })] : []));
    const open = remarks.querySelector("details")?.open ?? false;
    remarks.replaceChildren(...[
      f.notes.length ? el("ul", { class: "notes", id: "follow-notes" }, f.notes.map((text) => el("li", {}, text))) : null,
      f.faults.length ? el("details", { id: "follow-faults", open }, el("summary", {}, `${plural(f.skipped, "line")} left out`), el("ul", { class: "notes" }, [...f.faults].reverse().map((text) => el("li", {}, text)))) : null,
    ].filter(Boolean));
  }
  function worded(f) {
    if (f.state === "failed") return "Stopped.";
    if (f.state === "paused") return `Paused after ${plural(f.rows, "row")}. What is appended meanwhile waits in the file.`;
    return f.caught_up ? "Following: everything in the file has been read." : "Following: reading what is in the file.";
  }
  function drawAlarms() {
    const { alarms, total, kept } = state.list;
    const top = feed.querySelector(".scroll")?.scrollTop ?? 0;
    const focused = feed.contains(document.activeElement) ? document.activeElement.dataset.alarm : null;
    feed.replaceChildren(alarms.length === 0 ? empty("No alarm yet. Each row whose score is greater than the threshold will stand here.") : el("div", {},
      el("p", { class: "note" }, total > alarms.length ? `The latest ${count(alarms.length)} of ${plural(total, "alarm")}, newest first${total > kept ? `; ${count(kept)} are kept` : ""}.` : `${plural(total, "alarm")}, newest first.`),
      el("div", { class: "tall" }, table({ caption: "Alarms, newest first", hideCaption: true, rows: alarms, onrow: (tr, a) => tr.addEventListener("click", (event) => { if (!event.target.closest("button")) open(a.position); }), columns: [
        { title: "Row", row_header: true, cell: (a) => el("button", { type: "button", class: "link", "data-alarm": a.position, "aria-label": `Open the alarm of row ${a.position + 1}`, onclick: () => open(a.position) }, count(a.position + 1)) },
        { title: "Score", number: true, cell: (a) => num(a.score) }, { title: "What made it odd", cell: (a) => reasons(a.top) },
        { title: "Line", number: true, cell: (a) => count(a.line) }, { title: "Read at", cell: (a) => new Date(1000 * a.seen_at).toLocaleTimeString("en-GB") },
      ] }))));
    const scroll = feed.querySelector(".scroll");
    if (scroll) scroll.scrollTop = top;
    if (focused) feed.querySelector(`[data-alarm="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
  function open(position) {
    address.set({ row: position });
    openDialog(`Row ${count(position + 1)}`, async () => {
      const a = await get(at("follows", follow.id, "alarms", String(position)), signal);
      return [el("p", {}, el("span", { class: "outlier" }, "▲ anomaly"), ` · score ${num(a.score)}, threshold ${num(a.threshold)} · line ${count(a.line)} of ${follow.file}`),
        ...featureTable(a.features, "latest rows called normal")];
    }, () => address.set({ row: null }));
  }
  async function look() {
    try {
      const before = state.now;
      state.now = await get(at("follows", follow.id), signal);
      if (state.alarms !== state.now.alarms) {
        state.list = await get(path(`${at("follows", follow.id)}/alarms`, { size: LISTED }), signal);
        state.alarms = state.now.alarms;
        drawAlarms();
      }
      const at_ = (Date.now() - state.start) / 1000;
      const since = at_ - (state.series.x.at(-1) ?? 0);
      for (const [key, value] of [["x", at_], ["rate", state.now.rows_per_second], ["alarms", since > 0 ? (state.now.alarms - before.alarms) / since : 0]]) {
        state.series[key].push(value);
        if (state.series[key].length > SHOWN) state.series[key].shift();
      }
      chart.refresh();
      draw();
    } catch (error) {
      if (signal.aborted || error.name === "AbortError") return;
      trouble.replaceChildren(problem(error));
      if (error.status === 404) return;
    }
    again();
  }
  function again() {
    clearTimeout(state.timer);
    if (!signal.aborted) state.timer = setTimeout(look, BEAT);
  }
  async function pause(paused) {
    try {
      state.now = await post(at("follows", follow.id), { paused }, signal);
      draw();
      announce(paused ? "Paused" : "Going on");
    } catch (error) {
      if (!signal.aborted) trouble.replaceChildren(problem(error));
    }
  }
  async function end() {
    stop.disabled = true;
    try {
      await remove(at("follows", follow.id));
      announce(`${follow.file} is no longer followed`);
      left();
    } catch (error) {
      stop.disabled = false;
      trouble.replaceChildren(problem(error));
    }
  }
  signal.addEventListener("abort", () => clearTimeout(state.timer));
  draw();
  look();
  if (address.number("row") !== null) open(address.number("row"));
  const heading = el("h2", { tabindex: "-1" }, follow.file);
  return el("div", {},
    el("section", { class: "card" }, heading, el("p", { class: "note" }, `Scored by ${follow.model_name} (${follow.model}) at threshold ${num(follow.threshold)}${follow.from_end ? ", from the rows on that were appended after the start" : ", from the file's first row on"}.`),
      el("div", { class: "row middle" }, toggle, stop, other), words, trouble, remarks),
    counters, card("Alarms", feed), card("Traffic", figure.node));
}
