// What to fit: a kind of the program's table with its parameters, how numbers are prepared, and on which rows.

import { get } from "../api.js";
import { check, el, field, fresh, load, select } from "../dom.js";
import { count, percent, plural } from "../format.js";
import { paramsForm } from "./params.js";

const SCALES = { "min-max": "to 0 to 1 by minimum and maximum", standard: "by mean and standard deviation", robust: "by median and quartiles: for heavy tails", none: "not at all" };

/** `{node, request, refresh, onNormal}`; `chosen()` is called when the user changes anything. */
export function fitForm({ upload, address, label, chosen, signal }) {
  const host = el("div", { id: "fit-model" });
  const rows = rowsChoice({ upload, address, label, chosen, signal });
  let request = () => { throw Object.assign(new Error("the kinds of models are not there yet"), { remedy: "wait a moment" }); };

  load(host, "Looking for kinds of models …", async () => {
    const { kinds, scale: scales, transform: transforms, encode: encodes } = await get("/api/kinds", signal);
    const option = (k) => [k.name, `${k.name.replaceAll("-", " ")}`];
    const first = kinds.find((k) => k.name === address.get("kind")) ?? kinds.find((k) => k.name === "isolation-forest") ?? kinds[0];
    const kind = select([{ group: "good on most tables as they are", options: kinds.filter((k) => k.recommended).map(option) }, { group: "all others", options: kinds.filter((k) => !k.recommended).map(option) }],
      first.name, { id: "kind", onchange: () => { address.set({ kind: kind.value, params: null }); describe({}); chosen(); } });
    const summary = el("p", { class: "note", id: "kind-summary" });
    const parameters = el("details", { id: "parameters" });
    let form = null;
    function describe(given) {
      const of = kinds.find((k) => k.name === kind.value);
      summary.textContent = `${of.summary[0].toUpperCase()}${of.summary.slice(1)}.`;
      form = paramsForm(of.parameters, given);
      parameters.replaceChildren(el("summary", {}, "Parameters"), form.node);
    }
    parameters.addEventListener("change", () => { try { address.set({ params: written(form.values()) }); } catch { /* said when it is sent */ } chosen(); });
    describe(parsed(address.get("params")));
    const remember = (key, usual) => (event) => { address.set({ [key]: event.target.value === String(usual) ? null : event.target.value }); chosen(); };
    const seed = el("input", { type: "number", id: "seed", min: 0, step: 1, value: address.get("seed", "1"), onchange: remember("seed", 1) });
    const share = el("input", { type: "number", id: "share", min: 0.01, max: 50, step: "any", value: address.get("share", "5"), onchange: remember("share", 5) });
    const scale = select(scales.map((word) => [word, SCALES[word] ?? word]), address.get("scale", scales[0]), { id: "scale", onchange: remember("scale", scales[0]) });
    const encode = select(encodes.map((word) => [word, word.replaceAll("-", " ")]), address.get("encode", encodes[0]), { id: "encode", onchange: remember("encode", encodes[0]) });
    const log = check("Take logarithms of numbers first (counts and bytes over many orders of magnitude)", { id: "log", checked: address.get("transform") === "log", disabled: !transforms.includes("log"), onchange: (event) => { address.set({ transform: event.target.checked ? "log" : null }); chosen(); } });
    const name = el("input", { type: "text", id: "fit-name", maxlength: 80, autocomplete: "off", placeholder: "after its kind and its rows" });
    request = () => ({
      kind: kind.value, params: form.values(), name: name.value.trim() || null,
      seed: seed.value === "" ? null : Number(seed.value), quantile: 1 - Number(share.value) / 100,
      scale: scale.value, encode: encode.value, transform: log.input.checked ? "log" : transforms[0], ...rows.request(),
    });
    return [el("div", { class: "row" }, field("Kind of model", kind), field("Name of the model", name)), summary, rows.node,
      el("div", { class: "row" }, field("Scale numbers", scale), field("Encode categories", encode), field("Seed", seed), field("Share of rows to call odd at first, %", share)), el("p", {}, log.node), parameters];
  });
  return { node: host, request: () => request(), refresh: rows.refresh, onNormal: rows.onNormal };
}

function written(params) {
  return Object.keys(params).length === 0 ? null : JSON.stringify(params);
}

/** Parameters of an address, which anybody may have written. */
function parsed(text) {
  try {
    const value = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Which rows to fit on: all, those marked normal, or those of another upload. */
function rowsChoice({ upload, address, label, chosen, signal }) {
  const group = fresh("rows");
  const radio = (value, text) => check(text, { name: group, value, onchange: () => { address.set({ on: value === "all" ? null : value }); refresh(); chosen(); } }, "radio");
  const boxes = { all: radio("all", `all ${plural(upload.rows, "row")}`), normal: radio("normal", "the rows marked normal"), other: radio("other", "another upload") };
  const other = select([], "", { id: "fit-upload", "aria-label": "Upload to fit on", onchange: () => { address.set({ from: other.value }); chosen(); } });
  const otherNormal = check("only its rows marked normal", { id: "fit-other-normal", checked: true });
  const warning = el("div", { id: "fit-warning" });
  const now = () => Object.keys(boxes).find((key) => boxes[key].input.checked) ?? "all";
  boxes[Object.hasOwn(boxes, address.get("on", "all")) ? address.get("on", "all") : "all"].input.checked = true;

  function normal() {
    const by = label();
    if (by === null) return null;
    const values = upload.label_candidates.find((c) => c.column === by.column)?.values ?? [];
    return values.filter((v) => by.normal.includes(v.value)).reduce((sum, v) => sum + v.rows, 0);
  }
  function refresh() {
    const rows = normal();
    boxes.normal.input.disabled = rows === null || rows === 0;
    boxes.normal.node.querySelector("span").textContent = rows === null ? "the rows marked normal (no column says which)" : `the ${count(rows)} rows marked normal`;
    if (boxes.normal.input.disabled && boxes.normal.input.checked) boxes.all.input.checked = true;
    other.parentElement.hidden = now() !== "other";
    otherNormal.node.hidden = rows === null;
    const attacks = rows === null ? 0 : 1 - rows / upload.rows;
    warning.replaceChildren(...(now() === "all" && attacks >= 0.5 && rows > 0 ? [el("p", { class: "warning" }, `${percent(attacks, 0)} of the rows are outliers by ${label().column}. A model that is fitted on all of them learns that attacks are usual: `, el("button", { type: "button", class: "link", onclick: () => { onNormal(); chosen(); } }, "fit on the rows marked normal"), ".")] : []));
  }
  function onNormal() {
    boxes.normal.input.checked = true;
    address.set({ on: "normal" });
    refresh();
  }
  const node = el("div", {}, el("fieldset", { id: "fit-on" }, el("legend", {}, "Fit on"), el("div", { class: "row middle" }, boxes.all.node, boxes.normal.node, boxes.other.node),
    el("div", { class: "row middle" }, other, otherNormal.node)), warning);
  boxes.other.input.disabled = true;
  refresh();
  get("/api/uploads", signal).then(({ uploads }) => {
    const others = uploads.filter((u) => u.id !== upload.id).reverse();
    other.replaceChildren(...select(others.map((u) => [u.id, `${u.name} (${plural(u.rows, "row")})`]), address.get("from", others[0]?.id ?? "")).childNodes);
    boxes.other.input.disabled = others.length === 0;
    if (others.length === 0 && boxes.other.input.checked) boxes.all.input.checked = true;
    refresh();
  }).catch(() => {});
  return {
    node, refresh, onNormal,
    request: () => {
      if (now() === "other") return { fit_upload: other.value, fit_on: label() !== null && otherNormal.input.checked ? "normal" : "all" };
      return { fit_on: now() };
    },
  };
}
