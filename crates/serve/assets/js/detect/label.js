// Which column is the truth, which of its values mean normal, and by which policy. The model never sees it.

import { check, el, field, fresh, select } from "../dom.js";
import { count, percent } from "../format.js";

/**
 * `{node, label}`: `label()` is what a job takes. `chosen` is what an earlier job took (`{column: null}` for none);
 * `changed(label)` is called when the user changes it.
 */
export function labelChoice({ upload, chosen, changed }) {
  const candidates = upload.label_candidates ?? [];
  const likely = candidates.find((c) => c.likely);
  const boxes = el("fieldset", { id: "normal-values" });
  const policies = el("div", { class: "policies" });
  const summary = el("p", { class: "note", id: "label-summary", role: "status" });
  let current = chosen === undefined ? likely ?? null : candidates.find((c) => c.column === chosen.column) ?? null;
  let values = [];
  const label = () => (current === null ? null : { column: current.column, normal: values.filter((v) => v.input.checked).map((v) => v.value) });
  const tell = () => changed?.(label());

  /** The policy whose normal values are those that are ticked; null if it is none. */
  function policy() {
    const ticked = new Set(values.filter((v) => v.input.checked).map((v) => v.value));
    return current?.policies.find((p) => p.normal.length === ticked.size && p.normal.every((name) => ticked.has(name))) ?? null;
  }
  function tick(normal) {
    values.forEach((v) => { v.input.checked = normal.includes(v.value); });
  }
  function sum() {
    if (current === null) return summary.replaceChildren();
    const normal = values.filter((v) => v.input.checked);
    const rows = normal.reduce((sum, v) => sum + v.rows, 0);
    const by = policy();
    summary.textContent = `By ${current.column}${by ? ` and the label policy “${by.name}” (${by.meaning ?? by.dataset})` : ""} ${count(upload.rows - rows)} of ${count(upload.rows)} rows are outliers, ${percent(1 - rows / upload.rows)}.`;
    const pick = policies.querySelector("select");
    if (pick) pick.value = by ? by.name : "";
  }
  function draw(normal) {
    boxes.hidden = current === null;
    policies.replaceChildren();
    values = [];
    if (current === null) {
      boxes.replaceChildren();
      return sum();
    }
    values = current.values.map((v) => ({ ...v, ...check(`${v.value} (${count(v.rows)})`, { checked: false, onchange: () => { sum(); tell(); } }) }));
    const byPolicy = current.policies.find((p) => p.name === current.policy);
    tick(normal ?? byPolicy?.normal ?? current.normal);
    boxes.replaceChildren(el("legend", {}, `Values of ${current.column} that mean normal`), el("div", { class: "row middle" }, values.map((v) => v.node)));
    if (current.policies.length > 0) {
      policies.append(field("Label policy", select([["", "your own choice"], ...current.policies.map((p) => [p.name, `${p.name}: ${p.meaning ?? `of ${p.dataset}`}`])], "", { id: "label-policy", onchange: (event) => {
        const wanted = current.policies.find((p) => p.name === event.target.value);
        if (wanted) tick(wanted.normal);
        sum();
        if (wanted) tell();
      } })));
    }
    sum();
  }
  const pick = select([["", "none: the rows are not labelled"], ...candidates.map((c) => [c.column, c.column])], current?.column ?? "", { id: fresh("label"), "data-role": "label", onchange: (event) => {
    current = candidates.find((c) => c.column === event.target.value) ?? null;
    draw();
    tell();
  } });
  draw(current && chosen?.column === current.column ? chosen.normal : undefined);
  const nothing = el("p", { class: "note" }, "No column looks like a label of several classes: the rows can be scored, but not judged.");
  return { node: el("div", {}, candidates.length === 0 ? nothing : field("Column with the truth (never shown to the model)", pick), policies, boxes, summary), label };
}
