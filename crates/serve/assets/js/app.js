// Finds the page for the address (`#/detect?job=j-1`), shows it, and keeps the frame around it right.

import { announce, el, problem } from "./dom.js";
import * as theme from "./theme.js";
import * as api from "./pages/api.js";
import * as compare from "./pages/compare.js";
import * as detect from "./pages/detect.js";
import * as experiment from "./pages/experiment.js";
import * as live from "./pages/live.js";
import * as rows from "./pages/rows.js";
import * as results from "./pages/results.js";
import * as runs from "./pages/runs.js";
import * as trial from "./pages/trial.js";

// A page is `{title(parts), show(main, parts, query, signal)}`.
const PAGES = [
  [/^results$/, results], [/^results\/([^/]+)$/, experiment], [/^results\/([^/]+)\/([^/]+)$/, trial], [/^compare$/, compare],
  [/^detect$/, detect], [/^rows$/, rows], [/^live$/, live], [/^runs$/, runs], [/^api$/, api],
];
const main = document.getElementById("main");
let leaving = new AbortController();
let first = true;

async function show() {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const [address, query] = (location.hash.replace(/^#\/?/, "") || "results").split("?");
  const found = PAGES.map(([pattern, page]) => [address.match(pattern), page]).find(([match]) => match);
  if (!found) {
    main.replaceChildren(el("h1", {}, "There is no such page"), el("p", {}, "Choose one of the pages above, or go to the ", el("a", { href: "#/results" }, "results"), "."));
    document.title = "Not found · oddbench";
    return;
  }
  const parts = found[0].slice(1).map(decodeURIComponent);
  const title = found[1].title(parts);
  document.title = `${title} · oddbench`;
  const section = address.split("/")[0] === "compare" ? "results" : address.split("/")[0];
  for (const link of document.querySelectorAll("#nav a")) {
    if (link.dataset.page === section) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  main.replaceChildren();
  if (!first) {
    scrollTo(0, 0);
    main.focus();
    announce(title);
  }
  first = false;
  try {
    await found[1].show(main, parts, new URLSearchParams(query), signal);
  } catch (error) {
    if (!signal.aborted) main.append(problem(error));
  }
  if (!signal.aborted) main.dataset.shown = address;
}

/** The skip link must not be taken for an address. */
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
theme.start(document.getElementById("theme"));
addEventListener("hashchange", show);
show();
