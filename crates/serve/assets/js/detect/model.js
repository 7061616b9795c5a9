// Step three: a model that exists and reads these columns, or a new one of any kind; then the job's progress, which can
// be cancelled.

import { at, events, get, path, post, remove } from "../api.js";
import { announce, card, check, el, field, fresh, load, problem, select } from "../dom.js";
import { count, plural } from "../format.js";
import { fitForm } from "./fit.js";
import { progressView } from "./progress.js";

/** The card. `follow(job)` shows a job, `fitNormal()` fits on the rows marked normal, `refresh()` follows another label. */
export function modelStep({ upload, address, label, choices, started, finished, signal }) {
  const state = { choice: address.get("how", ""), close: null, none: false };
  const group = fresh("how");
  const status = el("div", {});
  const saved = el("div", { id: "saved-models" });
  const models = select([], "", { id: "model", onchange: () => { choose("saved"); address.set({ model: models.value }); } });
  const fit = fitForm({ upload, address, label, chosen: () => choose("fit"), signal });
  const radios = [["saved", "Use a model that exists"], ["fit", "Fit a new model"]].map(([value, text]) =>
    check(text, { name: group, value, onchange: () => choose(value) }, "radio"));
  const run = el("button", { type: "submit", class: "main", id: "run" }, "Find anomalies");
  const form = el("form", { novalidate: true, onsubmit: (event) => { event.preventDefault(); submit(); } },
    el("fieldset", {}, el("legend", {}, "With which model?"), el("div", { class: "row middle" }, radios.map((r) => r.node))), saved, fit.node, el("p", {}, run), status);

  function choose(choice) {
    state.choice = choice;
    address.set({ how: choice });
    update();
  }
  function update() {
    radios.forEach((r) => { r.input.checked = r.input.value === state.choice; });
    // Where there is no model to choose, that is said all the same.
    saved.hidden = state.choice !== "saved" && !state.none;
    fit.node.hidden = state.choice !== "fit";
    run.disabled = state.close !== null;
  }
  function order() {
    if (state.choice === "saved") {
      if (models.value === "") throw Object.assign(new Error("no model is chosen"), { remedy: "choose one of the list, or fit a new model" });
      return { action: "score", model: models.value, label: label() };
    }
    return { action: "fit", label: label(), ...choices(), ...fit.request() };
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
      done: (data) => {
        over();
        status.replaceChildren(el("p", { class: "ok", role: "status" }, "✓ Done."), view.curve(data) ?? "");
        // Other rows can be scored with what was fitted: it is the model that is chosen next.
        if (data.action === "fit") {
          address.set({ model: data.model });
          reload();
        }
        finished(job);
      },
      failed: (data) => { over(); status.replaceChildren(problem({ message: data.error, remedy: data.remedy })); },
      cancelled: () => { over(); status.replaceChildren(el("p", { role: "status", id: "job-cancelled" }, "Cancelled. Nothing was kept; change what you like and start again.")); run.focus(); },
    }, ["done", "failed", "cancelled"], (error) => { over(); status.replaceChildren(problem(error)); }, signal);
    update();
  }

  /** How many features of the upload a model reads, if it ignores some of them. */
  function reads(model) {
    const judged = label()?.column;
    const features = upload.columns.filter((c) => c.feature && c.name !== judged);
    const unread = (model.unread ?? []).filter((name) => name !== judged).length;
    return unread === 0 ? "" : ` (reads ${count(features.length - unread)} of your ${plural(features.length, "column")})`;
  }
  /** Which models read these columns; a choice is made for the user only where there is one that ignores none. */
  async function list() {
    const { models: known, unfit, broken } = await get(path("/api/models", { brief: 1, upload: upload.id }), signal);
    const remembered = known.find((m) => m.id === address.get("model"));
    const only = known.length === 1 ? known[0] : null;
    const groups = new Map();
    for (const model of known) {
      const where = model.source === "experiment" ? `experiment ${model.experiment}` : model.source === "fitted" ? "fitted here" : "saved by oddbench fit";
      if (!groups.has(where)) groups.set(where, []);
      groups.get(where).push([model.id, `${named(model)}${reads(model)}`]);
    }
    const chosen = (remembered ?? only)?.id ?? "";
    models.replaceChildren(...select([["", "choose a model …"], ...[...groups].map(([name, entries]) => ({ group: name, options: entries }))], chosen).childNodes);
    models.value = chosen;
    state.none = known.length === 0;
    radios[0].input.disabled = state.none;
    if (known.length === 0 || state.choice === "") state.choice = (remembered ?? only)?.unread?.length === 0 ? "saved" : "fit";
    update();
    const others = unfit === 0 ? null : el("p", { class: "note" }, `${plural(unfit, "other model")} ${unfit === 1 ? "reads" : "read"} columns that these rows have not.`);
    const unread = broken.map((b) => problem({ message: `${b.name}: ${b.error}`, remedy: b.remedy }));
    const none = known.length > 0 ? field("Model", models) : el("p", { class: "note" }, "No model reads these columns: fit one.");
    return [none, others, ...unread].filter(Boolean);
  }
  const reload = () => load(saved, "Looking for models …", list);
  reload();
  update();
  const node = card("Model", form);
  node.id = "model-step";
  return Object.assign(node, {
    follow, reload,
    refresh: () => fit.refresh(),
    fitNormal: () => {
      choose("fit");
      fit.onNormal();
      form.scrollIntoView({ block: "nearest" });
      announce("Fitting on the rows marked normal");
      submit();
    },
  });
}

/** A model with where it is from: names alone repeat. */
function named(model) {
  const seed = model.seed === null || model.seed === undefined || model.source !== "experiment" ? "" : `, seed ${model.seed}`;
  const where = model.source === "experiment" ? ` · ${model.experiment}` : model.fitted_on ? ` · ${model.fitted_on}` : "";
  return `${model.name}${where}${seed}${model.supervised ? " (learned from labels)" : ""}`;
}
