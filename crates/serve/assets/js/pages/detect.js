// Your own traffic: upload it, say what its columns are, choose or fit a model, see what is odd. All of it is kept in
// the address, so that a reload, a link or a way back finds it again.

import { Address } from "../address.js";
import { at, get, post } from "../api.js";
import { announce, card, el, problem } from "../dom.js";
import { columnStep } from "../detect/columns.js";
import { dataStep } from "../detect/data.js";
import { modelStep } from "../detect/model.js";
import { resultStep } from "../detect/result.js";

export const title = () => "Detect";

/** Keys of the address that belong to one result; others are the user's way of working. */
const OF_RESULT = { job: null, threshold: null, row: null, like: null, page: null, class: null, reason: null, column: null, value: null, q: null, mark: null, only: null };
/** Keys that belong to one upload. */
const OF_UPLOAD = { ...OF_RESULT, upload: null, how: null, on: null, from: null, keep: null, ignore: null, categorical: null, show: null, sort: null, order: null };

export async function show(main, parts, query, signal) {
  const address = new Address("detect", query);
  const steps = { data: el("div", {}), columns: el("div", {}), model: el("div", {}), result: el("div", { id: "result" }) };
  main.append(el("h1", {}, "Detect"), el("p", { class: "lead" }, "Upload a file of connections, choose a model or fit one, and see which rows are odd, and why. The file stays on the computer that serves this page and is forgotten after a while."),
    el("div", { class: "steps" }, steps.data, steps.columns, steps.model, steps.result));
  const state = { upload: null, job: null, ends: {}, turn: 0 };

  /** A signal for what belongs to an `upload` or a `result`: it ends when another takes its place or the page is left. */
  function renewed(what) {
    state.ends[what]?.abort();
    state.ends[what] = new AbortController();
    return AbortSignal.any([signal, state.ends[what].signal]);
  }
  function begin() {
    Object.assign(state, { upload: null, job: null });
    const inner = renewed("upload");
    renewed("result");
    address.set(OF_UPLOAD);
    for (const step of [steps.columns, steps.model, steps.result]) step.replaceChildren();
    steps.data.replaceChildren(dataStep({ uploaded: (upload) => { address.set(OF_UPLOAD); uploaded(upload, { focus: true }); }, signal: inner }));
  }
  function another() {
    begin();
    steps.data.querySelector("button, input")?.focus();
  }
  function uploaded(upload, { focus = false, label } = {}) {
    Object.assign(state, { upload, job: null });
    const inner = renewed("upload");
    renewed("result");
    address.set({ upload: upload.id });
    steps.result.replaceChildren();
    const data = dataStep({ upload, label, another, relabelled, signal: inner });
    const columns = columnStep({ upload, address, label: data.label });
    state.columns = columns;
    steps.data.replaceChildren(data.node);
    steps.columns.replaceChildren(columns.node);
    steps.model.replaceChildren(modelStep({ upload, address, label: data.label, choices: columns.choices, started, finished: (job) => finished(job), signal: inner }));
    const heading = steps.columns.querySelector("h2");
    if (!focus || !heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    heading.scrollIntoView({ block: "nearest" });
  }
  function started(job) {
    state.job = job;
    renewed("result");
    address.set({ ...OF_RESULT, job });
    steps.result.replaceChildren();
  }
  async function finished(job, { focus = true } = {}) {
    const inner = renewed("result");
    try {
      draw(await get(at("jobs", job, "result"), inner), inner);
      if (focus) steps.result.querySelector("h2")?.focus();
    } catch (error) {
      if (error.name !== "AbortError") steps.result.replaceChildren(problem(error));
    }
  }
  function draw(result, inner) {
    const model = steps.model.firstChild;
    steps.result.replaceChildren(...resultStep({ result, upload: state.upload, address, fitNormal: model.fitNormal, renamed: model.reload, signal: inner }));
  }
  /** Another answer to which rows are outliers: the scores stay, the judgement follows at once. */
  async function relabelled(label) {
    state.columns?.refresh();
    steps.model.firstChild?.refresh();
    if (state.job === null || !steps.result.firstChild) return;
    const mine = ++state.turn;
    try {
      const result = await post(`${at("jobs", state.job)}/label`, { label }, signal);
      if (mine !== state.turn) return;
      address.set({ class: null });
      draw(result, renewed("result"));
      announce("The result is judged anew");
    } catch (error) {
      if (!signal.aborted && mine === state.turn) steps.result.prepend(problem(error));
    }
  }

  await restore();

  async function restore() {
    const [upload, job] = [address.get("upload"), address.get("job")];
    if (!upload) return begin();
    try {
      const known = await get(at("uploads", upload), signal);
      const running = job ? await get(at("jobs", job), signal).catch((error) => { if (error.status !== 404) throw error; }) : null;
      const result = running?.state === "done" ? await get(at("jobs", job, "result"), signal) : null;
      uploaded(known, { label: result ? { column: result.label_column, normal: result.normal } : undefined });
      if (!job) return;
      if (!running) return gone(steps.result, "The result of this address is no longer kept. Find the anomalies again.");
      state.job = job;
      if (result) draw(result, renewed("result"));
      else if (running.state === "waiting" || running.state === "running") steps.model.firstChild.follow(job);
    } catch (error) {
      if (signal.aborted) return;
      if (!state.upload) begin();
      if (error.status !== 404) steps.result.replaceChildren(problem(error));
      else gone(steps.data, "The upload of this address is no longer kept. Upload the file again, or take a sample.");
    }
  }
  function gone(step, text) {
    address.set(OF_RESULT);
    step.prepend(card(null, el("p", { role: "status" }, text)));
  }
}
