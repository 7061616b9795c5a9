// Step one: the rows. A file (drag or button), one that was uploaded before, or a sample; then what was read and
// mended, and which column holds the truth, if one does.

import { at, get, path, remove, upload as send } from "../api.js";
import { announce, busy, card, el, empty, load, problem } from "../dom.js";
import { bytes, count, plural } from "../format.js";
import { table } from "../table.js";
import { labelChoice } from "./label.js";
import { readingForm } from "./reading.js";

/** Without `upload` a card that asks for one and calls `uploaded(upload)`; with it `{node, label}`. */
export function dataStep({ uploaded, upload = null, label, another, relabelled, signal }) {
  return upload ? known({ upload, label, another, relabelled, signal }) : asking(uploaded, signal);
}

const ENDINGS = ".csv,.tsv,.txt,.data,.log,.json,.jsonl,.ndjson,.arff,.npz,.npy,.gz,text/csv,text/plain";

function asking(uploaded, signal) {
  const status = el("div", { "aria-live": "polite" });
  const samples = el("div", {}, busy("Looking for samples …"));
  const recent = el("div", {});
  const reading = readingForm();
  const input = el("input", { type: "file", accept: ENDINGS, class: "hidden", id: "file", tabindex: "-1", onchange: () => input.files[0] && take(input.files[0]) });
  const button = el("button", { type: "button", class: "main", id: "choose-file", onclick: () => input.click() }, "Choose a file");
  const again = el("button", { type: "button", class: "small", id: "read-again", hidden: true, onclick: () => last && take(last) }, "Read it again");
  const limits = el("p", { class: "note" });
  const drop = el("div", { class: "drop" }, el("p", {}, "Drop a file here, or"), button, el("label", { html_for: "file", class: "hidden" }, "File of rows"), input,
    el("p", { class: "note" }, "CSV and its relatives, Zeek logs, JSON lines, ARFF, npz; gzipped or not."), limits);
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", (event) => { if (!drop.contains(event.relatedTarget)) drop.classList.remove("over"); });
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  });
  let allowed = null;
  let last = null;

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
  async function take(file) {
    last = file;
    if (file.size === 0) return status.replaceChildren(problem({ message: `${file.name} is empty`, remedy: "choose a file with a header line and rows below it" }));
    if (allowed && file.size > allowed.upload_bytes) return status.replaceChildren(problem({ message: `${file.name} has ${bytes(file.size)}, the most is ${bytes(allowed.upload_bytes)}`, remedy: "upload a part of the rows, or compress the file with gzip if it is smaller then" }));
    await run(`Reading ${file.name} (${bytes(file.size)}) …`, () => send(path("/api/uploads", { name: file.name, ...reading.options() }), file, signal));
    again.hidden = status.querySelector(".problem") === null;
    if (!again.hidden) {
      reading.node.open = true;
      status.append(again);
    }
  }
  get("/api/limits", signal).then((l) => {
    allowed = l;
    limits.textContent = `Up to ${bytes(l.upload_bytes)}, ${count(l.upload_rows)} rows, ${count(l.upload_columns)} columns, and ${count(l.upload_cells)} values in all (${count(Math.floor(l.upload_cells / 42))} rows of 42 columns).`;
  }).catch(() => {});
  load(samples, "Looking for samples …", async () => {
    const { samples: list } = await get("/api/samples", signal);
    return el("ul", { class: "grid cards" }, list.map((s) => el("li", { class: "card" }, el("h3", {}, s.name), el("p", { class: "note" }, s.description),
      el("button", { type: "button", class: "small", "data-sample": s.id, disabled: !s.available, onclick: () => run(`Preparing ${s.name} …`, () => send(path("/api/uploads", { sample: s.id }), "", signal)) },
        s.available ? `Take these ${count(s.rows)} rows` : "Not on this computer"))));
  });
  get("/api/uploads", signal).then(({ uploads }) => { if (uploads.length > 0) recent.replaceChildren(recentUploads(uploads, uploaded, signal)); }).catch(() => {});
  return card("Your rows", drop, reading.node, status, recent, el("h3", { class: "spaced" }, "Or take a sample"), samples);
}

/** What the server still keeps, the last one first. */
function recentUploads(uploads, uploaded, signal) {
  const host = el("div", {});
  const line = (upload) => el("li", { class: "row middle" },
    el("button", { type: "button", class: "link", "data-upload": upload.id, onclick: () => uploaded(upload) }, upload.name),
    el("span", { class: "note" }, `${plural(upload.rows, "row")}, kept for ${plural(Math.max(1, Math.round(upload.expires_in_seconds / 60)), "more minute", "more minutes")}`),
    el("button", { type: "button", class: "small", "aria-label": `Forget ${upload.name}`, onclick: async () => {
      try {
        await remove(at("uploads", upload.id));
        draw((await get("/api/uploads", signal)).uploads);
        announce(`${upload.name} is forgotten`);
      } catch (error) {
        if (!signal.aborted) host.append(problem(error));
      }
    } }, "Forget"));
  const draw = (list) => host.replaceChildren(el("h3", { class: "spaced" }, "Uploaded before"),
    list.length === 0 ? empty("Nothing is kept.") : el("ul", { class: "plain", id: "recent-uploads" }, [...list].reverse().map(line)));
  draw(uploads);
  return host;
}

function known({ upload, label, another, relabelled, signal }) {
  const preview = el("div", {});
  const fold = el("details", { ontoggle: () => fold.open && !preview.firstChild && load(preview, "Reading …", () => sampleRows(upload, signal)) },
    el("summary", {}, "The first rows as they were read"), preview);
  const choice = labelChoice({ upload, chosen: label, changed: relabelled });
  const numeric = upload.columns.filter((c) => c.kind === "numeric").length;
  const node = card("Your rows", el("div", { class: "head" },
    el("p", { id: "upload-summary" }, el("strong", {}, upload.name), `: ${plural(upload.rows, "row")}, ${count(numeric)} numeric and ${count(upload.columns.length - numeric)} other columns, ${bytes(upload.bytes)}, read as ${upload.format}.`),
    el("button", { type: "button", class: "small", id: "other-rows", onclick: () => another() }, "Take other rows")),
  repairs(upload), choice.node, fold);
  return { node, label: choice.label };
}

/** What was mended or has to be, counted and named. */
function repairs(upload) {
  const of = (key) => upload.columns.filter((c) => c[key] > 0).sort((a, b) => b[key] - a[key]);
  const named = (columns, key) => `${columns.slice(0, 6).map((c) => `${c.name} (${count(c[key])})`).join(", ")}${columns.length > 6 ? ` and ${count(columns.length - 6)} other columns` : ""}`;
  const [infinite, missing] = [of("infinite"), of("missing")];
  const lines = [
    ...(infinite.length ? [`Infinite values count as missing: ${named(infinite, "infinite")}.`] : []),
    ...(missing.length ? [`Values are missing in ${named(missing, "missing")}. A fit fills gaps with the median or the most frequent category.`] : []),
    ...upload.notes,
  ];
  if (lines.length === 0) return null;
  return el("div", { id: "repairs" }, el("h3", {}, "What was mended"), el("ul", { class: "notes" }, lines.map((line) => el("li", {}, line))));
}

async function sampleRows(upload, signal) {
  const { columns, rows } = await get(path(`${at("uploads", upload.id)}/preview`, { n: 10 }), signal);
  return table({ caption: `First rows of ${upload.name}`, hideCaption: true, rows, columns: columns.map((title, i) => ({ title, cell: (row) => row[i] })) });
}
