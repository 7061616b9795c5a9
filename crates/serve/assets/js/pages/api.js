// The HTTP interface, from the server's own OpenAPI document.

import { get } from "../api.js";
import { card, el, load } from "../dom.js";
import { table } from "../table.js";

export const title = () => "API";

const METHODS = ["get", "post", "put", "delete"];

export async function show(main, parts, query, signal) {
  const host = el("div", {});
  main.append(el("h1", {}, "API"), el("p", { class: "lead" }, "Everything on these pages comes from this interface; programs can use it too. The same as a document for tools: ",
    el("a", { href: "/api/openapi.json" }, "openapi.json"), ". For monitoring: ", el("a", { href: "/api/health" }, "health"), " and ", el("a", { href: "/metrics" }, "Prometheus metrics"), "."), host);
  await load(host, "Reading the document …", async () => {
    const doc = await get("/api/openapi.json", signal);
    const groups = new Map();
    for (const [path, item] of Object.entries(doc.paths ?? {})) {
      for (const method of METHODS.filter((m) => item[m])) {
        const tag = item[method].tags?.[0] ?? "other";
        if (!groups.has(tag)) groups.set(tag, []);
        groups.get(tag).push({ path, method, operation: item[method], shared: item.parameters ?? [] });
      }
    }
    return [firstSteps(), ...[...groups].map(([tag, list]) => card(tag[0].toUpperCase() + tag.slice(1), list.map((entry) => operation(entry, doc))))];
  });
}

function firstSteps() {
  const origin = location.origin;
  return card("First steps", el("p", {}, "Which models are there, and what do they make of two rows?"),
    el("pre", { tabindex: "0" }, `curl '${origin}/api/models?brief=1'\n\ncurl '${origin}/api/score?model=MODEL-ID' \\\n     -H 'Content-Type: text/csv' --data-binary @traffic.csv`),
    el("p", { class: "note" }, "If the server was started with --token, add -H 'Authorization: Bearer TOKEN'. A failed request answers {\"error\", \"remedy\"}."));
}

/** Follows `#/components/...`; other things are themselves. */
function resolve(node, doc) {
  if (!node?.$ref) return node;
  return node.$ref.replace(/^#\//, "").split("/").reduce((at, key) => at?.[key.replaceAll("~1", "/")], doc);
}

function operation({ path, method, operation: op, shared }, doc) {
  const parameters = [...shared, ...(op.parameters ?? [])].map((p) => resolve(p, doc)).filter(Boolean);
  const bodies = Object.entries(resolve(op.requestBody, doc)?.content ?? {});
  const answers = Object.entries(op.responses ?? {}).map(([code, r]) => [code, resolve(r, doc)]);
  return el("details", {},
    el("summary", {}, el("span", { class: "method" }, method), " ", el("code", {}, path), " ", el("span", { class: "note" }, op.summary ?? "")),
    op.description ? el("p", {}, op.description) : null,
    parameters.length ? table({ caption: `Parameters of ${method.toUpperCase()} ${path}`, rows: parameters, columns: [
      { title: "Name", row_header: true, cell: (p) => el("code", {}, p.name) }, { title: "In", cell: (p) => p.in }, { title: "Type", cell: (p) => type(resolve(p.schema, doc)) },
      { title: "Needed", cell: (p) => (p.required ? "yes" : "no") }, { title: "What it is", wrap: true, cell: (p) => p.description ?? "" },
    ] }) : null,
    bodies.map(([kind, media]) => sample(`Body, ${kind}`, media, doc)),
    answers.map(([code, answer]) => [
      el("p", {}, el("strong", {}, code), ` ${answer?.description ?? ""}`),
      Object.entries(answer?.content ?? {}).map(([kind, media]) => sample(kind, media, doc)),
    ]));
}

function type(schema) {
  if (!schema) return "";
  const values = schema.enum ?? schema.oneOf?.flatMap((one) => one.const ?? one.enum ?? []);
  if (values) return values.join(" | ");
  return [schema.type].flat().filter(Boolean).join(" | ");
}

function sample(name, media, doc) {
  const shown = example(media.schema, doc);
  if (typeof shown !== "object" || shown === null) return el("p", { class: "note" }, name);
  return [el("p", { class: "note" }, name), el("pre", { tabindex: "0" }, JSON.stringify(shown, null, 2))];
}

/** A value of the form that a schema describes. */
function example(schema, doc) {
  const of = resolve(schema, doc);
  const first = (of?.anyOf ?? of?.oneOf)?.find((one) => one.type !== "null");
  if (first) return example(first, doc);
  if (of?.enum || of?.const !== undefined) return of.const ?? of.enum[0];
  const kind = [of?.type].flat()[0];
  if (kind === "object") return Object.fromEntries(Object.entries(of.properties ?? {}).map(([key, value]) => [key, example(value, doc)]));
  if (kind === "array") return [example(of.items, doc)];
  return { string: "…", integer: 1, number: 0.5, boolean: true }[kind] ?? null;
}
