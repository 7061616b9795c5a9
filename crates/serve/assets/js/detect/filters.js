// Which rows of a result are shown. What is asked stands in the address.

import { el, field, select, settled } from "../dom.js";

const KEYS = ["only", "class", "reason", "column", "value", "q", "mark"];

/** `{node, query}`: `query()` is what the server is asked. */
export function filters({ result, address, changed }) {
  const state = Object.fromEntries(KEYS.map((key) => [key, address.get(key, "")]));
  const set = (change) => {
    Object.assign(state, change);
    address.set(change);
    changed();
  };
  const choice = (key, options, id) => select(options, state[key], { id, onchange: (event) => set({ [key]: event.target.value }) });
  const text = (key, props) => el("input", { type: "search", autocomplete: "off", value: state[key], ...props, oninput: settled((event) => set({ [key]: event.target.value.trim() }), 250) });
  const only = choice("only", [["", "all rows"], ["anomalies", "called anomalies"], ["normal", "called normal"], ...(result.labels ? [["wrong", "wrong calls"]] : [])], "rows-only");
  const classes = result.classes ? choice("class", [["", "all classes"], ...result.classes.map((name) => [name, name])], "rows-class") : null;
  const reason = result.explains ? choice("reason", [["", "any reason"], ...result.reads.map((name) => [name, name])], "rows-reason") : null;
  const mark = choice("mark", [["", "marked or not"], ["none", "without a mark"], ["any", "marked"], ["benign", "benign"], ["look-again", "look again"]], "rows-mark");
  const column = choice("column", [["", "any column"], ...result.columns.map((c) => [c.name, c.name])], "rows-column");
  const value = text("value", { id: "rows-value", placeholder: "tcp, or 10..20" });
  const search = text("q", { id: "rows-search", placeholder: "in any value" });
  const clear = el("button", { type: "button", id: "rows-clear", onclick: () => {
    [only, classes, reason, mark, column, value, search].filter(Boolean).forEach((input) => { input.value = ""; });
    set(Object.fromEntries(KEYS.map((key) => [key, ""])));
  } }, "Clear");
  return {
    node: el("div", { class: "row filters" }, field("Search", search), field("Show", only), classes && field(`Value of ${result.label_column}`, classes), reason && field("Odd because of", reason),
      field("Column", column), field("Its value", value), field("Mark", mark), clear),
    query: () => ({ only: state.only || "all", class: state.class, reason: state.reason, q: state.q, mark: state.mark, ...valueFilter(state) }),
  };
}

/** `10..20` is a range, either end of which may be left out; anything else is the text itself. */
function valueFilter({ column, value }) {
  if (column === "" || value === "") return {};
  const range = value.replaceAll(",", ".").match(/^\s*([^.\s]*(?:\.\d+)?)\s*\.\.\s*(\S*)\s*$/);
  const ends = range?.slice(1).map((end) => (end === "" ? null : Number(end)));
  if (ends && !ends.some(Number.isNaN)) return { column, from: ends[0], to: ends[1] };
  return { column, is: value };
}
