// A figure of the report inside a page: the drawing itself, so that it follows the theme and answers.

import { el } from "./dom.js";

/** How far below the window a figure is fetched, so that it is there when a reader comes to it. */
const AHEAD = "600px";

/** A figure with its caption; `f` is one of the API's figures. */
export function picture(f) {
  const host = el("div", { class: "plot drawing", tabindex: "0", role: "group", "aria-label": f.title });
  const png = f.href.replace(/svg$/, "png");
  const node = el("figure", {}, host, el("figcaption", {}, f.caption, " ",
    el("a", { href: f.href, target: "_blank", rel: "noopener" }, "SVG"), " ", el("a", { href: png, target: "_blank", rel: "noopener" }, "PNG")));
  const near = new IntersectionObserver(([entry]) => {
    if (!entry.isIntersecting) return;
    near.disconnect();
    draw(host, node, f);
  }, { rootMargin: AHEAD });
  near.observe(host);
  return node;
}

/** The server's drawing is put in as elements of its own; text in it is text. */
async function draw(host, node, f) {
  try {
    const answer = await fetch(f.href, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const drawing = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
    if (drawing.localName !== "svg") throw new Error("the answer is no drawing");
    host.replaceChildren(document.importNode(drawing, true));
    window.oddbenchFigures(node);
  } catch (error) {
    host.replaceChildren(el("p", { class: "note" }, `The figure is missing: ${error.message}. ${f.alt}`));
  }
}
