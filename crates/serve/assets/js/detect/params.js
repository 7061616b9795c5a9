// A form for the parameters of a kind of model, made from their JSON Schema: the program's own table of kinds is the
// only place that lists them.

import { check, el, field, select } from "../dom.js";

/** `{node, values}`: `values()` holds what is not the default; it throws what is wrong in words. */
export function paramsForm(schema, given = {}) {
  const fields = Object.entries(schema.properties ?? {}).filter(([, of]) => !of.deprecated)
    .map(([name, of]) => ({ name, ...control(name, resolved(of, schema), of.default, given[name]) }));
  const node = fields.length === 0 ? el("p", { class: "note" }, "This kind has no parameters.")
    : el("div", { class: "params" }, fields.map((f) => el("div", {}, f.node, f.note ? el("p", { class: "note" }, f.note) : null)));
  return {
    node,
    values: () => Object.fromEntries(fields.map((f) => [f.name, f.value()]).filter(([, value]) => value !== undefined)),
  };
}

/** The schema behind `$ref`, with the keys that stand beside it. */
function resolved(of, schema) {
  if (!of.$ref) return of;
  const target = of.$ref.replace(/^#\//, "").split("/").reduce((at, key) => at?.[key], schema);
  return { ...target, ...of };
}

/** Words that a value may be; null if it may be other things. */
function words(of) {
  if (of.enum) return of.enum.filter((word) => word !== null);
  const all = of.oneOf?.flatMap((one) => (one.const !== undefined ? [one.const] : one.enum ?? [null]));
  return all && all.every((word) => typeof word === "string") ? all : null;
}

function control(name, of, usual, given) {
  const title = name.replaceAll("_", " ");
  const id = `param-${name}`;
  const note = of.description?.replaceAll("`", "").replaceAll("\n", " ") ?? null;
  const choices = words(of);
  if (choices) {
    const input = select(choices.map((word) => [word, word === usual ? `${word} (default)` : word]), given ?? usual, { id });
    return { node: field(title, input), note, value: () => (input.value === String(usual) ? undefined : input.value) };
  }
  const types = [of.type].flat();
  if (types.includes("boolean")) {
    const { input, node } = check(title, { id, checked: given ?? usual === true });
    return { node, note, value: () => (input.checked === usual ? undefined : input.checked) };
  }
  const numeric = types.includes("integer") || types.includes("number");
  const input = numeric
    ? el("input", { type: "number", id, min: of.minimum ?? null, max: of.maximum ?? null, step: types.includes("integer") ? 1 : "any", placeholder: written(usual), value: written(given) })
    : el("input", { type: "text", id, placeholder: written(usual), value: written(given), autocomplete: "off" });
  return { node: field(`${title}${range(of)}`, input), note, value: () => read(title, input, usual, numeric) };
}

function range(of) {
  const [low, high] = [of.minimum, of.maximum];
  if (low === undefined && high === undefined) return "";
  if (high === undefined) return ` (${low} or more)`;
  return low === undefined ? ` (at most ${high})` : ` (${low} to ${high})`;
}

function written(value) {
  if (value === null || value === undefined) return "";
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** What was typed; undefined for nothing. A list has commas between. */
function read(title, input, usual, numeric) {
  const text = input.value.trim();
  if (text === "") return undefined;
  if (numeric) return Number(text);
  if (Array.isArray(usual)) {
    const list = text.split(/[,;\s]+/).map(Number);
    if (list.some((n) => !Number.isFinite(n))) throw Object.assign(new Error(`${title}: “${text}” is no list of numbers`), { remedy: `write it as ${written(usual)}` });
    return list;
  }
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}
