// Step one: the rows. A file (drag or button) or a sample; then what was read, and which column holds the
// truth, if one does.

import { at, get, path, upload as send } from "../api.js";
import { announce, busy, card, check, el, field, fresh, load, problem, select } from "../dom.js";
import { bytes, count, plural } from "../format.js";
import { table } from "../table.js";

/** Without `upload` asks for one and calls `uploaded(upload)`; with it tells about it. */
export function dataStep({ uploaded, upload = null, label = null, forget, signal }) {
  return upload ? known(upload, label, forget, signal) : asking(uploaded, signal);
}

function asking(uploaded, signal) {
  const status = el("div", { "aria-live": "polite" });
  const samples = el("div", {}, busy("Looking for samples …"));
  const input = el("input", { type: "file", accept: ".csv,.txt,.data,text/csv,text/plain", class: "hidden", id: "file", tabindex: "-1", onchange: () => input.files[0] && take(input.files[0]) });
  const button = el("button", { type: "button", class: "main", id: "choose-file", onclick: () => input.click() }, "Choose a CSV file");
  const limits = el("p", { class: "note" });
  const drop = el("div", { class: "drop" }, el("p", {}, "Drop a CSV file here, or"), button, el("label", { html_for: "file", class: "hidden" }, "CSV file"), input, limits);
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", (event) => { if (!drop.contains(event.relatedTarget)) drop.classList.remove("over"); });
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  });
  let allowed = null;

  async function run(text, work) {
    button.disabled = true;
    status.replaceChildren(busy(text));
    try {
      const upload = await work();
      announce(`${upload.name}: ${plural(upload.rows, "row")} read`);
      uploaded(upload);
    } catch (error) {
      if (!signal.aborted) status.replaceChildren(problem(error));
    } finally {
      button.disabled = false;
      input.value = "";
    }
  }
  function take(file) {
    if (file.size === 0) return status.replaceChildren(problem({ message: `${file.name} is empty`, remedy: "choose a file with a header line and rows below it" }));
    if (allowed && file.size > allowed.upload_bytes) return status.replaceChildren(problem({ message: `${file.name} has ${bytes(file.size)}, the most is ${bytes(allowed.upload_bytes)}`, remedy: "upload a part of the rows, or use `oddbench score`, which has no such limit" }));
    return run(`Reading ${file.name} (${bytes(file.size)}) …`, () => send(path("/api/uploads", { name: file.name }), file, signal));
  }
  get("/api/limits", signal).then((l) => {
    allowed = l;
    limits.textContent = `Up to ${bytes(l.upload_bytes)}, ${count(l.upload_rows)} rows and ${count(l.upload_columns)} columns; with a header line, or in KDD Cup 99's form without one.`;
  }).catch(() => {});
  load(samples, "Looking for samples …", async () => {
    const { samples: list } = await get("/api/samples", signal);
    return el("ul", { class: "grid cards" }, list.map((s) => el("li", { class: "card" }, el("h3", {}, s.name), el("p", { class: "note" }, s.description),
      el("button", { type: "button", class: "small", "data-sample": s.id, disabled: !s.available, onclick: () => run(`Preparing ${s.name} …`, () => send(path("/api/uploads", { sample: s.id }), "", signal)) },
        s.available ? `Take these ${count(s.rows)} rows` : "Not on this computer"))));
  });
  return card("Your rows", drop, status, el("h3", { class: "spaced" }, "Or take a sample"), samples);
}

function known(upload, label, forget, signal) {
  const preview = el("div", {});
  const fold = el("details", { ontoggle: () => fold.open && !preview.firstChild && load(preview, "Reading …", () => sampleRows(upload, signal)) },
    el("summary", {}, "The first rows as they were read"), preview);
  const choice = labelChoice(upload);
  const numeric = upload.columns.filter((c) => c.kind === "numeric").length;
  const missing = upload.columns.filter((c) => c.missing > 0);
  const node = card("Your rows", el("div", { class: "head" },
    el("p", { id: "upload-summary" }, el("strong", {}, upload.name), `: ${plural(upload.rows, "row")}, ${count(numeric)} numeric and ${count(upload.columns.length - numeric)} other columns, ${bytes(upload.bytes)}.`,
      upload.header ? "" : " No header: read as KDD Cup 99's columns."),
    el("button", { type: "button", class: "small", onclick: () => forget() }, "Take other rows")),
  missing.length ? el("p", { class: "note" }, `Values are missing in ${missing.slice(0, 6).map((c) => `${c.name} (${count(c.missing)})`).join(", ")}${missing.length > 6 ? " and others" : ""}.`) : null,
  choice.node, fold);
  node.label = choice.label;
  return node;
}

async function sampleRows(upload, signal) {
  const { columns, rows } = await get(path(`${at("uploads", upload.id)}/preview`, { n: 10 }), signal);
  return table({ caption: `First rows of ${upload.name}`, hideCaption: true, rows, columns: columns.map((title, i) => ({ title, cell: (row) => row[i] })) });
}

/** Which column is the truth, and which of its values mean normal. */
function labelChoice(upload) {
  const candidates = upload.label_candidates ?? [];
  const likely = candidates.find((c) => c.likely);
  const boxes = el("fieldset", { id: "normal-values" });
  let current = likely ?? null;
  let values = [];
  const draw = () => {
    boxes.hidden = current === null;
    if (current === null) return boxes.replaceChildren();
    values = current.values.map((v) => ({ value: v.value, ...check(`${v.value} (${count(v.rows)})`, { checked: current.normal.includes(v.value) }) }));
    return boxes.replaceChildren(el("legend", {}, `Values of ${current.column} that mean normal`), el("div", { class: "row middle" }, values.map((v) => v.node)));
  };
  const id = fresh("label");
  const pick = select([["", "none: the rows are not labelled"], ...candidates.map((c) => [c.column, c.column])], current?.column ?? "", { id, "data-role": "label", onchange: (event) => {
    current = candidates.find((c) => c.column === event.target.value) ?? null;
    draw();
  } });
  draw();
  return {
    node: el("div", {}, candidates.length === 0 ? el("p", { class: "note" }, "No column looks like a label: the rows can be scored, but not judged.") : field("Column with the truth (never shown to the model)", pick), boxes),
    label: () => (current === null ? null : { column: current.column, normal: values.filter((v) => v.input.checked).map((v) => v.value) }),
  };
}
