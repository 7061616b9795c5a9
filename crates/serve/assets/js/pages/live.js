// Rows as they arrive: those that are appended to a file on the server's machine, or the test rows of an experiment.

import { get } from "../api.js";
import { Address } from "../address.js";
import { check, el, fresh, load } from "../dom.js";
import { followPanel } from "../live/follow.js";
import { replayPanel } from "../live/replay.js";

export const title = () => "Live";

export async function show(main, parts, query, signal) {
  const address = new Address("live", query);
  const stage = el("div", { id: "live-stage" });
  let inner = null;
  const host = el("div", {});
  main.append(el("h1", {}, "Live"), el("p", { class: "lead" }, "Rows pass a model one after the other, as traffic does: lines that are appended to a file on the computer that runs this server, or the test rows of an experiment as a demonstration."), host);
  await load(host, "Reading what there is …", async () => {
    const [{ experiments }, followed] = await Promise.all([get("/api/experiments", signal), get("/api/follows", signal)]);
    const ready = experiments.filter((e) => e.completed > 0);
    const known = ["file", "rows"].includes(address.get("source"));
    const source = known ? address.get("source") : followed.allowed ? "file" : "rows";
    const name = fresh("source");
    const choose = (value) => {
      inner?.abort();
      inner = new AbortController();
      signal.addEventListener("abort", () => inner.abort());
      stage.replaceChildren(value === "file" ? followPanel({ address, signal: inner.signal }) : replayPanel({ ready, address, signal: inner.signal }));
    };
    const radios = [["file", "A file on the server's computer"], ["rows", "The test rows of an experiment"]].map(([value, text]) =>
      check(text, { name, value, checked: value === source, onchange: () => { address.set({ source: value }); choose(value); } }, "radio"));
    choose(source);
    return [el("fieldset", { class: "card" }, el("legend", { class: "hidden" }, "Which rows?"), el("div", { class: "row middle" }, radios.map((r) => r.node))), stage];
  });
}
