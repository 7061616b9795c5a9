// Step two: a saved model, or a new one fitted on the upload; then the job's progress, which can be cancelled.

import { at, events, get, path, post, remove } from "../api.js";
import { announce, card, check, el, field, fresh, load, problem, select } from "../dom.js";
import { num, plural } from "../format.js";
import { frame, linePlot } from "../plot.js";

const FITS = {
  "isolation-forest": { name: "Fit an isolation forest on these rows", hint: "Quick, needs no tuning: rows that few random cuts set apart are odd.", number: ["trees", "n_estimators", 100, 1, 1000] },
  autoencoder: { name: "Fit an autoencoder on these rows", hint: "A small network learns to copy rows through a narrow middle; what it copies badly is odd. Shows what it expected.", number: ["epochs", "epochs", "", 1, 500] },
};

/** The card; it dispatches `finished` with the job's id when a job is done. */
export function modelStep({ upload, label, started, signal }) {
  const state = { choice: "saved", models: [], close: null, job: null };
  const group = fresh("how");
  const models = select([], "", { id: "model" });
  const status = el("div", {});
  const controls = {};
  const radios = [["saved", "Use a saved model"], ...Object.entries(FITS).map(([kind, fit]) => [kind, fit.name])].map(([kind, name]) => {
    const box = check(name, { name: group, value: kind, checked: kind === state.choice, onchange: () => { state.choice = kind; update(); } }, "radio");
    return { kind, ...box };
  });
  const parameters = Object.fromEntries(Object.entries(FITS).map(([kind, fit]) => {
    const [text, , value, min, max] = fit.number;
    const amount = el("input", { type: "number", min, max, step: 1, value, placeholder: "default", "aria-describedby": fresh("hint") });
    const seed = el("input", { type: "number", min: 0, step: 1, value: 1 });
    const share = el("input", { type: "number", min: 0.01, max: 50, step: "any", value: 5 });
    controls[kind] = { amount, seed, share };
    return [kind, el("div", {}, el("p", { class: "note", id: amount.getAttribute("aria-describedby") }, fit.hint), el("div", { class: "row" }, field(text[0].toUpperCase() + text.slice(1), amount), field("Seed", seed), field("Share of rows to call odd at first, %", share)))];
  }));
  const saved = el("div", {});
  const options = el("div", {});
  const run = el("button", { type: "submit", class: "main", id: "run" }, "Find anomalies");
  const form = el("form", { onsubmit: (event) => { event.preventDefault(); submit(); } },
    el("fieldset", {}, el("legend", {}, "With which model?"), el("div", { class: "row middle" }, radios.map((r) => r.node))), options, el("p", {}, run), status);

  function update() {
    options.replaceChildren(state.choice === "saved" ? saved : parameters[state.choice]);
    run.disabled = state.close !== null || (state.choice === "saved" && state.models.length === 0);
  }
  function order() {
    if (state.choice === "saved") return { action: "score", model: models.value, label: label() };
    const { amount, seed, share } = controls[state.choice];
    const params = amount.value === "" ? {} : { [FITS[state.choice].number[1]]: Number(amount.value) };
    return { action: "fit", kind: state.choice, params, seed: Number(seed.value), quantile: 1 - Number(share.value) / 100, label: label() };
  }
  async function submit() {
    run.disabled = true;
    status.replaceChildren();
    try {
      const job = await post(`${at("uploads", upload.id)}/jobs`, order(), signal);
      started(job.id);
      follow(job.id);
    } catch (error) {
      if (!signal.aborted) status.replaceChildren(problem(error));
      update();
    }
  }
  function follow(job) {
    const view = progressView(() => { remove(at("jobs", job)).catch((error) => status.append(problem(error))); }, signal);
    status.replaceChildren(view.node);
    const over = () => { state.close = null; update(); };
    state.close = events(`${at("jobs", job)}/events`, {
      progress: (data) => view.show(data),
      done: (data) => { over(); status.replaceChildren(el("p", { class: "ok", role: "status" }, "✓ Done."), view.curve(data) ?? ""); form.dispatchEvent(new CustomEvent("finished", { detail: job, bubbles: true })); },
      failed: (data) => { over(); status.replaceChildren(problem({ message: data.error, remedy: data.remedy })); },
      cancelled: () => { over(); status.replaceChildren(el("p", { role: "status", id: "job-cancelled" }, "Cancelled. Nothing was kept; change what you like and start again.")); run.focus(); },
    }, ["done", "failed", "cancelled"], (error) => { over(); status.replaceChildren(problem(error)); }, signal);
    update();
  }

  load(saved, "Looking for saved models …", async () => {
    const { models: list, broken } = await get(path("/api/models", { brief: 1 }), signal);
    state.models = list;
    const groups = new Map();
    for (const model of list) {
      const where = model.source === "experiment" ? model.experiment : model.source === "fitted" ? "fitted here" : "saved by oddbench fit";
      if (!groups.has(where)) groups.set(where, []);
      groups.get(where).push([model.id, `${model.name}${model.seed === null || model.seed === undefined ? "" : `, seed ${model.seed}`}${model.supervised ? " (learned from labels)" : ""}`]);
    }
    models.append(...select([...groups].map(([name, entries]) => ({ group: name, options: entries })), list[0]?.id).childNodes);
    update();
    const unread = broken.map((b) => problem({ message: `${b.name}: ${b.error}`, remedy: b.remedy }));
    if (list.length === 0) {
      state.choice = "isolation-forest";
      radios.forEach((r) => { r.input.checked = r.kind === state.choice; r.input.disabled = r.kind === "saved"; });
      update();
      return [el("p", { class: "note" }, "There is no saved model: run an experiment, or fit a model on the rows."), ...unread];
    }
    return [field("Saved model", models), ...unread];
  });
  update();
  const node = card("Model", form);
  node.follow = follow;
  return node;
}

const STAGES = { reading: "Reading the rows", fitting: "Fitting", scoring: "Scoring", explaining: "Finding out which features mattered" };

/** Progress bar, stage, learning curve and a way to stop. */
function progressView(cancel, signal) {
  const bar = el("progress", { max: 1, "aria-label": "Progress of the job" });
  const words = el("p", { class: "busy note" }, "Waiting for its turn …");
  const button = el("button", { type: "button", class: "small", id: "cancel", onclick: () => { button.disabled = true; words.textContent = "Stopping …"; cancel(); } }, "Cancel");
  const plot = el("div", {});
  let epochs = [];
  let chart = null;
  let stage = null;
  function curve() {
    const figure = frame("Learning curve", "Loss by epoch so far", { keys: [["line", "--inlier", "loss"]] });
    chart = linePlot(figure.host, { x: () => epochs.map((e) => e.epoch), lines: [{ name: "loss", values: () => epochs.map((e) => e.loss) }], xLabel: "epoch", yLabel: "loss", height: 180, signal });
    return figure.node;
  }
  return {
    node: el("div", {}, bar, el("div", { class: "row middle" }, words, button), plot),
    curve: (data) => {
      if (!data.epochs || data.epochs.length < 2) return null;
      epochs = data.epochs;
      const last = epochs[epochs.length - 1];
      return el("details", {}, el("summary", {}, `Learning curve: loss ${num(epochs[0].loss)} to ${num(last.loss)} in ${plural(epochs.length, "epoch")}`), curve());
    },
    show: (data) => {
      if (data.state === "waiting") return;
      if (data.progress === null || data.progress === undefined) bar.removeAttribute("value");
      else bar.value = data.progress;
      const last = data.epochs?.at(-1);
      words.textContent = `${STAGES[data.stage] ?? data.stage ?? "Working"}${data.stage === "fitting" && last ? `: epoch ${last.epoch} of ${last.epochs}, loss ${num(last.loss)}` : ""} …`;
      if (data.stage !== stage) announce(STAGES[data.stage] ?? "Working");
      stage = data.stage;
      if (data.epochs?.length > 1) {
        epochs = data.epochs;
        if (chart) chart.refresh();
        else plot.append(curve());
      }
    },
  };
}
