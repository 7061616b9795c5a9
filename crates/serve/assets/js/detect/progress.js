// How far a job is.

import { announce, el } from "../dom.js";
import { num, plural } from "../format.js";
import { frame, linePlot } from "../plot.js";

/** What a job does, in words. */
const STAGES = { reading: "Reading the rows", fitting: "Fitting", scoring: "Scoring", projecting: "Drawing" };

/** Progress bar, stage, learning curve and a way to stop. */
export function progressView(cancel, signal) {
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
    // The button stands first: behind the words, which change with every epoch, it would move away under the pointer.
    node: el("div", {}, bar, el("div", { class: "row middle" }, button, words), plot),
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
