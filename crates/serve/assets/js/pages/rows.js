// Test rows beside what several models say of them.

import { Address } from "../address.js";
import { at, get, path } from "../api.js";
import { card, check, el, empty, field, load, problem, select, settled, announce, busy } from "../dom.js";
import { count, num, plural } from "../format.js";
import { featureTable, openDialog } from "../row.js";
import { next, outcome, pager, table, truth } from "../table.js";

export const title = () => "Rows";

const OUTCOMES = [["all", "all rows"], ["wrong", "some model is wrong"], ["all_wrong", "all models are wrong"], ["right", "all models are right"], ["disagree", "models disagree"],
  ["tp", "caught by the first model"], ["fn", "missed by the first model"], ["fp", "false alarms of the first model"], ["tn", "passed by the first model"]];
const MOST = 8;
/** The keys of the address that belong to one experiment. */
const NOTHING = { trial: null, rule: null, part: null, page: null, sort: null, order: null, class: null, label: null, outcome: null, row: null, open: null };

export async function show(main, parts, query, signal) {
  const address = new Address("rows", query);
  const host = el("div", {});
  main.append(el("h1", {}, "Rows"), el("p", { class: "lead" }, "Every test row, with its true class beside what the models say. Open a row to see each feature, what is usual for it, and its share of the score."), host);
  await load(host, "Reading the results …", async () => {
    const { experiments } = await get("/api/experiments", signal);
    const ready = experiments.filter((e) => e.completed > 0);
    if (ready.length === 0) return empty(el("p", {}, "There is no finished experiment. Run one, then reload this page:"), el("pre", { tabindex: "0" }, "oddbench run experiments/quickstart.toml"));
    const body = el("div", {});
    const pick = select(ready.map((e) => [e.name, e.name]), address.get("experiment") ?? ready[0].name, { id: "rows-experiment", onchange: () => { address.set(NOTHING); choose(); } });
    const choose = () => {
      address.set({ experiment: pick.value });
      return load(body, "Reading the experiment …", async () => browser(await get(at("experiments", pick.value), signal), address, signal));
    };
    choose();
    return [el("div", { class: "card row" }, el("div", { class: "grow" }, field("Experiment", pick))), body];
  });
}

/** Controls and table of one experiment. */
function browser(e, address, signal) {
  const rows = e.rows.filter((r) => r.median_trial);
  const asked = address.all("trial").filter((id) => rows.some((r) => r.median_trial === id)).slice(0, MOST);
  const usual = rows.slice(0, 4).map((r) => r.median_trial);
  const state = { trials: asked.length ? asked : usual, rule: address.number("rule") ?? 0, part: address.get("part", "test"), page: address.number("page") ?? 0, size: 50,
    sort: { key: address.get("sort", "position"), order: address.get("order", "asc") }, class: address.get("class", ""), label: address.get("label", ""), outcome: address.get("outcome", "all"), row: address.get("row", "") };
  function remember() {
    const other = (value, plain) => (String(value) === String(plain) ? null : value);
    address.set({ trial: state.trials.join() === usual.join() ? null : state.trials, rule: other(state.rule, 0), part: other(state.part, "test"), page: other(state.page, 0),
      sort: other(state.sort.key, "position"), order: other(state.sort.order, "asc"), class: state.class, label: state.label, outcome: other(state.outcome, "all"), row: state.row });
  }
  const host = el("div", {});
  const classes = select([["", "all classes"]], "", { id: "filter-class", onchange: (event) => filter({ class: event.target.value }) });
  let turn = 0;
  let first = true;

  async function draw(focus) {
    const mine = ++turn;
    remember();
    host.setAttribute("aria-busy", "true");
    if (!host.firstChild) host.append(busy("Reading the rows …"));
    try {
      if (state.trials.length === 0) throw Object.assign(new Error("no model is chosen"), { remedy: "tick one or more models above" });
      const answer = await get(path(at("experiments", e.name, "rows"), {
        trials: state.trials.join(","), rule: state.rule, part: state.part, page: state.page, size: state.size, sort: state.sort.key, order: state.sort.order,
        class: state.class, label: state.label, outcome: state.outcome, row: state.row,
      }), signal);
      if (mine !== turn) return;
      host.replaceChildren(...view(answer));
      announce(`${plural(answer.matching, "row")} of ${count(answer.total)}`);
      if (focus) host.querySelector(`[data-sort="${CSS.escape(focus)}"]`)?.focus();
      if (classes.options.length === 1) {
        classes.append(...answer.classes.map((c) => el("option", { value: c.name }, `${c.outlier ? "▲" : "●"} ${c.name} (${count(c.rows)})`)));
        classes.value = state.class;
      }
      if (first && address.number("open") !== null) {
        const row = answer.rows.find((r) => r.position === address.number("open"));
        if (row) open(row, answer);
      }
      first = false;
    } catch (error) {
      if (!signal.aborted && mine === turn) host.replaceChildren(problem(error));
    } finally {
      host.removeAttribute("aria-busy");
    }
  }
  function filter(change) {
    Object.assign(state, change, { page: 0 });
    draw();
  }
  function view(a) {
    const columns = [
      { title: "Row", key: "row", row_header: true, cell: (r) => el("button", { type: "button", class: "link", "aria-label": `Open row ${r.row}`, onclick: (event) => { event.stopPropagation(); open(r, a); } }, String(r.row)) },
      { title: "Class", key: "class", cell: (r) => r.class },
      { title: "It is", key: "label", cell: (r) => truth(r.outlier, r.excused) },
      { title: "Wrong", key: "wrong", hint: "How many of the chosen models are wrong", cell: (r) => agreement(r) },
      ...a.trials.map((t, i) => ({ title: t.seed === null || t.seed === undefined ? t.name : `${t.name} (seed ${t.seed})`, key: `score:${t.id}`, cell: (r) => [outcome(r.predictions[i].anomaly, r.outlier), " ", el("span", { class: "note" }, num(r.predictions[i].score))] })),
    ];
    if (a.matching === 0) return [empty("No row fits these filters. ", el("button", { type: "button", class: "small", onclick: () => reset() }, "Clear the filters"))];
    return [
      el("p", { class: "note" }, a.trials.map((t) => `${t.name}: threshold ${num(t.threshold)}${t.counts ? `, ✓ ${count(t.counts.tp)} caught, ✗ ${count(t.counts.fn)} missed, ✗ ${count(t.counts.fp)} false alarms` : ""}`).join(" · ")),
      table({ caption: `Rows of ${e.name}`, hideCaption: true, columns, rows: a.rows, sort: state.sort,
        onsort: (key) => { state.sort = next(state.sort, key); state.page = 0; draw(key); },
        onrow: (tr, r) => tr.addEventListener("click", () => open(r, a)) }),
      pager({ page: a.page, size: a.size, matching: a.matching, total: a.total, onpage: (page) => { state.page = page; draw(); } }),
    ];
  }
  function open(row, a) {
    address.set({ open: row.position });
    showRow(e.name, row, a, signal, () => address.set({ open: null }));
  }
  const controls = el("div", {});
  function reset() {
    Object.assign(state, { class: "", label: "", outcome: "all", row: "", page: 0 });
    controls.querySelectorAll(".filters select, .filters input").forEach((input) => { input.value = input.dataset.none ?? ""; });
    draw();
  }
  controls.append(modelChoice(e, rows, state, () => filter({})), el("div", { class: "row filters" },
    field("Class", classes),
    field("It is", select([["", "both"], ["1", "▲ outlier"], ["0", "● inlier"]], state.label, { id: "filter-label", onchange: (event) => filter({ label: event.target.value }) })),
    field("Show", select(OUTCOMES, state.outcome, { id: "filter-outcome", "data-none": "all", onchange: (event) => filter({ outcome: event.target.value }) })),
    field("Row number", el("input", { type: "number", min: 0, step: 1, id: "filter-row", value: state.row, oninput: settled((event) => filter({ row: event.target.value }), 250) })),
    el("button", { type: "button", onclick: () => reset() }, "Clear")));
  draw();
  return [card("Which rows", controls), host];
}

/** Check boxes of the models, the threshold rule and the part. */
function modelChoice(e, rows, state, changed) {
  const note = el("span", { class: "note", role: "status" });
  const boxes = rows.map((r) => check(r.name, { checked: state.trials.includes(r.median_trial), onchange: () => {
    state.trials = boxes.filter((b) => b.input.checked).map((b) => b.id);
    full();
    changed();
  } }));
  boxes.forEach((b, i) => { b.id = rows[i].median_trial; });
  /** What is ticked is shown: a ninth cannot be. */
  function full() {
    const most = state.trials.length >= MOST;
    note.textContent = most && boxes.length > MOST ? `At most ${MOST} models fit side by side: untick one to take another.` : "";
    boxes.forEach((b) => { b.input.disabled = most && !b.input.checked; });
  }
  full();
  const rule = select(e.thresholds.map((t, i) => [i, `${t.name}${t.oracle ? " (oracle)" : ""}`]), state.rule, { id: "rows-rule", onchange: (event) => { state.rule = Number(event.target.value); changed(); } });
  const partNames = [["test", "test"], ["validation", "validation"], ...(e.sizes?.transfer ? [["transfer", "transfer"]] : [])];
  const part = select(partNames, state.part, { id: "rows-part", onchange: (event) => { state.part = event.target.value; changed(); } });
  return el("div", {}, el("fieldset", {}, el("legend", {}, "Models"), el("div", { class: "row middle", id: "rows-models" }, boxes.map((b) => b.node), note)),
    el("div", { class: "row" }, field("Threshold rule", rule), field("Rows of", part)));
}

/** How many of the models are wrong; a sign, a number and words. */
function agreement(row) {
  const judged = row.predictions.filter((p) => p.anomaly !== null && p.anomaly !== undefined);
  const wrong = judged.filter((p) => p.anomaly !== row.outlier).length;
  if (judged.length === 0) return "–";
  if (wrong === 0) return el("span", { class: "ok" }, "✓ none");
  if (wrong === judged.length) return el("span", { class: "bad" }, judged.length === 1 ? "✗ yes" : `✗✗ all ${wrong}`);
  return el("span", { class: "bad" }, `✗ ${wrong} of ${judged.length}`);
}

function showRow(name, row, a, signal, closed) {
  openDialog(`Row ${row.row}: ${row.class}`, async () => {
    const body = el("div", {});
    const detail = (trial) => get(path(at("experiments", name, "rows", String(row.position)), { part: a.part, trial }), signal);
    const first = await detail(a.trials[0].id);
    const nodes = (d) => [...featureTable(d.features, "training inliers"), ...(d.notes ?? []).map((n) => el("p", { class: "note" }, n))];
    body.append(...nodes(first));
    const chooser = select(a.trials.map((t) => [t.id, t.name]), a.trials[0].id, { id: "row-model", onchange: (event) => load(body, "Reading …", async () => nodes(await detail(event.target.value))) });
    return [el("p", {}, truth(row.outlier, row.excused), ` · class ${row.class} · ${a.part} row ${count(row.position)}`),
      table({ caption: "What the models say", rows: a.trials.map((t, i) => ({ t, p: row.predictions[i] })), columns: [
        { title: "Model", row_header: true, cell: ({ t }) => t.name }, { title: "Score", number: true, cell: ({ p }) => num(p.score) },
        { title: "Threshold", number: true, cell: ({ t }) => num(t.threshold) }, { title: "Called", cell: ({ p }) => outcome(p.anomaly, row.outlier) } ] }),
      el("div", { class: "row" }, field("Reconstruction and shares of", chooser)), body];
  }, closed);
}
