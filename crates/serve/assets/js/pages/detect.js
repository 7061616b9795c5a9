// Your own traffic: upload it, choose or fit a model, see what is odd. The address keeps the upload and the
// job, so that a reload or a way back finds them again.

import { at, get, remove } from "../api.js";
import { card, el, problem } from "../dom.js";
import { dataStep } from "../detect/data.js";
import { modelStep } from "../detect/model.js";
import { resultStep } from "../detect/result.js";

export const title = () => "Detect";

export async function show(main, parts, query, signal) {
  const steps = { data: el("div", {}), model: el("div", {}), result: el("div", { id: "result" }) };
  main.append(el("h1", {}, "Detect"), el("p", { class: "lead" }, "Upload a CSV of connections, choose a model or fit one on the rows, and see which of them are odd, and why. The file stays on the computer that serves this page and is forgotten after a while."),
    el("div", { class: "steps" }, steps.data, steps.model, steps.result));
  const state = { upload: null, job: null, ends: {} };
  const remember = () => {
    const known = new URLSearchParams(Object.entries({ upload: state.upload?.id, job: state.job }).filter(([, v]) => v));
    history.replaceState(null, "", `#/detect${known.size ? `?${known}` : ""}`);
  };

  /** A signal for what belongs to an `upload` or a `result`: it ends when another takes its place or the page is left. */
  function renewed(what) {
    state.ends[what]?.abort();
    state.ends[what] = new AbortController();
    return AbortSignal.any([signal, state.ends[what].signal]);
  }
  function begin() {
    Object.assign(state, { upload: null, job: null });
    renewed("upload");
    renewed("result");
    remember();
    steps.model.replaceChildren();
    steps.result.replaceChildren();
    steps.data.replaceChildren(dataStep({ uploaded, signal }));
  }
  async function forget() {
    const { upload } = state;
    begin();
    steps.data.querySelector("button, input")?.focus();
    if (upload) await remove(at("uploads", upload.id)).catch((error) => steps.data.append(problem(error)));
  }
  function uploaded(upload, label) {
    state.upload = upload;
    state.job = null;
    renewed("result");
    remember();
    steps.result.replaceChildren();
    steps.data.replaceChildren(dataStep({ uploaded, upload, label, forget, signal }));
    steps.model.replaceChildren(modelStep({ upload, label: () => steps.data.firstChild.label?.() ?? null, started, signal: renewed("upload") }));
    steps.model.querySelector("h2")?.scrollIntoView({ block: "nearest" });
  }
  function started(job) {
    state.job = job;
    renewed("result");
    remember();
    steps.result.replaceChildren();
  }
  async function finished(job, { focus = true } = {}) {
    const inner = renewed("result");
    const result = await get(at("jobs", job, "result"), inner);
    steps.result.replaceChildren(...resultStep({ result, signal: inner }));
    if (focus) steps.result.querySelector("h2")?.focus();
  }
  steps.model.addEventListener("finished", (event) => finished(event.detail).catch((error) => error.name !== "AbortError" && steps.result.replaceChildren(problem(error))));

  await restore();

  async function restore() {
    const [upload, job] = [query.get("upload"), query.get("job")];
    if (!upload) return begin();
    try {
      uploaded(await get(at("uploads", upload), signal));
      if (!job) return;
      started(job);
      const known = await get(at("jobs", job), signal);
      if (known.state === "done") await finished(job, { focus: false });
      else if (known.state === "waiting" || known.state === "running") steps.model.firstChild.follow(job);
    } catch (error) {
      if (signal.aborted) return;
      if (!state.upload) begin();
      if (error.status !== 404) steps.result.replaceChildren(problem(error));
      else steps.data.prepend(card(null, el("p", { role: "status" }, "The upload or result of this address is no longer kept. Upload the file again, or take a sample.")));
    }
  }
}
