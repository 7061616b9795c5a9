// Builds elements. Text is always set as text: data never becomes markup.

const SVG = "http://www.w3.org/2000/svg";

/** `el("p", {class: "note", onclick: f}, "text", child)`; children that are null or false are left out. */
export function el(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same for SVG elements. */
export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "indeterminate") node[name] = value;
    else node.setAttribute(name === "html_for" ? "for" : name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

let names = 0;
/** An id that nothing else on the page has. */
export function fresh(prefix) {
  names += 1;
  return `${prefix}-${names}`;
}

/** A labelled form field around `input`. */
export function field(label, input, { hidden = false } = {}) {
  if (!input.id) input.id = fresh("field");
  return el("div", { class: "field" }, el("label", { html_for: input.id, class: hidden ? "hidden" : null }, label), input);
}

/** A check box with its label. */
export function check(label, props = {}, type = "checkbox") {
  const input = el("input", { type, ...props });
  return { input, node: el("label", { class: "check" }, input, el("span", {}, label)) };
}

/** A select; `options` are `[value, text]` or `{group, options}`. */
export function select(options, chosen, props = {}) {
  const option = ([value, text]) => {
    const node = el("option", { value }, text);
    node.selected = String(value) === String(chosen);
    return node;
  };
  return el("select", props, options.map((entry) =>
    entry.group ? el("optgroup", { label: entry.group }, entry.options.map(option)) : option(entry)));
}

/** A section with a heading, the frame of most things. */
export function card(title, ...children) {
  const id = fresh("card");
  return el("section", { class: "card", "aria-labelledby": title ? id : null }, title ? el("h2", { id }, title) : null, ...children);
}

/** Figures with names: `[[value, name, id?], ...]`. */
export function tiles(entries) {
  return el("ul", { class: "tiles" }, entries.map(([value, name, id]) =>
    el("li", {}, el("strong", { id: id ?? null }, value), el("span", {}, name))));
}

/** Names and values; pairs whose value is null are left out. */
export function facts(pairs) {
  return el("dl", { class: "facts" }, pairs.filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

/** What is wrong and what to do about it. */
export function problem(error) {
  return el("div", { class: "problem", role: "alert" },
    el("p", {}, el("strong", {}, "That did not work: "), error.message ?? String(error)),
    error.remedy ? el("p", {}, "What to do: ", error.remedy) : null);
}

/** Nothing to show, and what to do about it. */
export function empty(...children) {
  return el("div", { class: "empty" }, ...children);
}

/** A word that something is going on. */
export function busy(text) {
  return el("p", { class: "busy note", role: "status" }, text);
}

/** Reads `text` to users of screen readers. */
export function announce(text) {
  document.getElementById("announce").textContent = text;
}

/** Calls `f` when no further call came for `ms`. */
export function settled(f, ms = 150) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => f(...args), ms);
  };
}

/** Shows what `work` resolves to in `host`, a word while it runs, and its error if it fails. */
export async function load(host, text, work) {
  host.replaceChildren(busy(text));
  try {
    const node = await work();
    host.replaceChildren(...[node].flat());
  } catch (error) {
    if (error.name !== "AbortError") host.replaceChildren(problem(error));
  }
}
