// The list of experiments.

import { get } from "../api.js";
import { check, el, empty, field, load, problem } from "../dom.js";
import { count, plural, when } from "../format.js";

export const title = () => "Results";

/** Milliseconds between two looks for experiments that have changed. */
const BEAT = 5000;

export async function show(main, parts, query, signal) {
  const list = el("div", {});
  main.append(el("h1", {}, "Results"), el("p", { class: "lead" }, "Experiments that were run here. Open one for its tables, figures and trials, or choose two and see them side by side."), list);
  await load(list, "Reading the results …", async () => {
    const { experiments: first, broken } = await get("/api/experiments", signal);
    let experiments = first;
    if (experiments.length + broken.length === 0) {
      every(BEAT, signal, async () => {
        const now = await get("/api/experiments", signal);
        if (now.experiments.length + now.broken.length > 0) dispatchEvent(new Event("hashchange"));
      });
      return nothing();
    }
    const chosen = new Set();
    const button = el("button", { type: "button", class: "main", disabled: true, onclick: () => {
      const [a, b] = [...chosen];
      location.hash = `#/compare?${new URLSearchParams({ a, b })}`;
    } }, "Compare two");
    const update = () => {
      button.disabled = chosen.size !== 2;
      hint.textContent = chosen.size === 2 ? "" : `Choose two (${chosen.size} chosen).`;
    };
    const hint = el("span", { class: "note", role: "status" });
    const search = el("input", { type: "search", placeholder: "name, model or data set" });
    const cards = el("ul", { class: "grid cards" });
    const draw = () => {
      const wanted = search.value.trim().toLowerCase();
      const found = experiments.filter((e) => [e.name, e.description, e.dataset, e.split, ...e.models].join(" ").toLowerCase().includes(wanted));
      cards.replaceChildren(...found.map((e) => tile(e, chosen, update)));
      if (found.length === 0) cards.replaceChildren(el("li", {}, empty("No experiment has that in its name, models or data set. Clear the search to see all.")));
    };
    search.addEventListener("input", draw);
    update();
    draw();
    every(BEAT, signal, async () => {
      const { experiments: now } = await get("/api/experiments", signal);
      if (JSON.stringify(now) === JSON.stringify(experiments)) return;
      experiments = now;
      const link = cards.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      draw();
      if (link) cards.querySelector(`a[href="${CSS.escape(link)}"]`)?.focus();
    });
    return [
      el("div", { class: "row card" }, el("div", { class: "grow" }, field("Search", search)), button, hint),
      cards,
      ...broken.map((b) => problem({ message: `${b.name}: ${b.error}`, remedy: b.remedy })),
    ];
  });
}

/** Works again and again while the page is shown; what fails is tried again. */
function every(ms, signal, work) {
  const timer = setInterval(() => {
    if (document.visibilityState === "visible") work().catch(() => {});
  }, ms);
  signal.addEventListener("abort", () => clearInterval(timer));
}

function tile(e, chosen, update) {
  const box = check("compare", { checked: chosen.has(e.name), "aria-label": `Compare ${e.name}`, onchange: (event) => {
    if (event.target.checked) chosen.add(e.name);
    else chosen.delete(e.name);
    update();
  } });
  const tags = [e.dataset, e.features, `labels ${e.labels}`, e.split].filter(Boolean).map((text) => el("li", {}, text));
  if (e.synthetic) tags.push(el("li", { class: "warn" }, "synthetic rows"));
  if (e.thresholds.some((t) => t.oracle)) tags.push(el("li", { class: "warn" }, "oracle threshold"));
  const unfinished = e.failed + e.missing > 0 ? ` · ${count(e.failed)} failed · ${count(e.missing)} missing` : "";
  return el("li", { class: "card" },
    el("div", { class: "head" }, el("h2", {}, el("a", { href: `#/results/${encodeURIComponent(e.name)}` }, e.name)), box.node),
    el("p", {}, e.description ?? ""), el("ul", { class: "tags" }, tags),
    el("p", { class: "note" }, `${plural(e.models.length, "model")}: ${e.models.join(", ")}`),
    el("p", { class: "note" }, `${plural(e.completed, "trial")} done${unfinished} · ${when(e.finished_at)}`));
}

function nothing() {
  return empty(el("p", {}, el("strong", {}, "There are no results yet.")),
    el("p", {}, "Run an experiment in a terminal, or under ", el("a", { href: "#/runs" }, "Runs"), " if this server allows it. The first one takes under a minute and needs no network:"),
    el("pre", { tabindex: "0" }, "oddbench run experiments/quickstart.toml"),
    el("p", {}, "Were they written elsewhere? Start the server with ", el("code", {}, "--results DIR"), ". Without results you can still fit a model on your own CSV under ", el("a", { href: "#/detect" }, "Detect"), "."));
}
