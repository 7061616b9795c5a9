// Step two: what each column is taken for, by the judge that the commands ask too, and what the user makes of it.

import { card, el, select } from "../dom.js";
import { count, plural } from "../format.js";
import { table } from "../table.js";

/** `{node, choices, refresh}`: `choices()` is what a fit takes; `refresh()` follows another label. */
export function columnStep({ upload, address, label }) {
  const inUpload = (key) => address.all(key).filter((name) => upload.columns.some((c) => c.name === name));
  const chosen = { keep: new Set(inUpload("keep")), ignore: new Set(inUpload("ignore")), categorical: new Set(inUpload("categorical")) };
  const summary = el("p", { id: "columns-summary", role: "status" });
  const host = el("div", { class: "tall" });
  const isLabel = (c) => label()?.column === c.name;
  const mixed = (c) => c.role === "mixed";
  const possible = (c) => !isLabel(c) && c.kind !== null;
  const learned = (c) => possible(c) && !chosen.ignore.has(c.name) && (c.feature || chosen.keep.has(c.name));

  function tick(c, on) {
    chosen.keep.delete(c.name);
    chosen.ignore.delete(c.name);
    if (on && !c.feature) chosen.keep.add(c.name);
    if (!on && c.feature) chosen.ignore.add(c.name);
    remember();
  }
  function take(c, kind) {
    chosen.categorical.delete(c.name);
    if (kind === "categorical" && c.kind === "numeric") chosen.categorical.add(c.name);
    remember();
  }
  function remember() {
    address.set(Object.fromEntries(Object.entries(chosen).map(([key, names]) => [key, [...names]])));
    sum();
  }
  function sum() {
    const used = upload.columns.filter(learned);
    const out = upload.columns.filter((c) => !learned(c));
    const named = out.slice(0, 8).map((c) => `${c.name} (${isLabel(c) ? "the label" : chosen.ignore.has(c.name) ? "by you" : c.role})`).join(", ");
    summary.replaceChildren(el("strong", {}, `A model learns from ${count(used.length)} of ${plural(upload.columns.length, "column")}.`),
      out.length ? ` Left out: ${named}${out.length > 8 ? ` and ${count(out.length - 8)} more` : ""}.` : "");
  }
  function draw() {
    host.replaceChildren(table({ caption: `The columns of ${upload.name}`, hideCaption: true, rows: upload.columns, columns: [
      { title: "Learn", cell: (c) => el("input", { type: "checkbox", "aria-label": `Learn from ${c.name}`, checked: learned(c), disabled: !possible(c), onchange: (event) => tick(c, event.target.checked) }) },
      { title: "Column", row_header: true, cell: (c) => c.name },
      { title: "Kind", cell: (c) => kindOf(c) },
      { title: "Taken for", cell: (c) => (isLabel(c) ? "label" : c.role) },
      { title: "Sample", wrap: true, cell: (c) => el("span", { class: "mono" }, c.examples.map(short).join(", ") || "–") },
      { title: "Distinct", number: true, cell: (c) => (c.distinct === null ? "many" : count(c.distinct)) },
      { title: "Missing", number: true, cell: (c) => (c.missing + c.infinite > 0 ? count(c.missing + c.infinite) : "") },
      { title: "Why", wrap: true, cell: (c) => [isLabel(c) ? "you chose it as the truth" : c.reason, c.note ? `; ${c.note}` : ""] },
    ] }));
    sum();
  }
  function kindOf(c) {
    if (c.kind !== "numeric") return mixed(c) ? "categorical (numbers and texts)" : c.kind ?? "–";
    return select([["numeric", "numeric"], ["categorical", "categorical"]], chosen.categorical.has(c.name) ? "categorical" : "numeric",
      { "aria-label": `Kind of ${c.name}`, disabled: !possible(c), onchange: (event) => take(c, event.target.value) });
  }
  draw();
  // A table of many columns has many stops for the keyboard.
  const onwards = el("button", { type: "button", class: "small", id: "to-model", onclick: () => document.querySelector("#model-step input:checked, #model-step input:enabled")?.focus() }, "On to the model ↓");
  const usual = el("button", { type: "button", class: "small", id: "columns-usual", onclick: () => { Object.values(chosen).forEach((names) => names.clear()); remember(); draw(); } }, "As judged");
  return {
    node: card("Columns", el("p", { class: "note" }, "Identifiers, addresses, points in time and labels are left out: they tell rows apart without saying anything about them. Tick what a new model is to learn from."), summary, el("p", { class: "row middle" }, onwards, usual), host),
    refresh: draw,
    choices: () => {
      const used = upload.columns.filter(learned);
      // Of numbers and texts a fit wants to be told what to do.
      const unread = upload.columns.filter((c) => mixed(c) && !learned(c) && !isLabel(c));
      const names = (columns) => columns.map((c) => c.name);
      return {
        keep: names(used.filter((c) => chosen.keep.has(c.name))),
        ignore: [...new Set([...names(upload.columns.filter((c) => chosen.ignore.has(c.name) && !isLabel(c))), ...names(unread)])],
        categorical: names(used.filter((c) => chosen.categorical.has(c.name) || mixed(c))),
      };
    },
  };
}

/** The start of a value that may be long. */
function short(text) {
  return text.length > 24 ? `${text.slice(0, 24)}…` : text;
}
