// Figures that answer: the value under the pointer or at the arrow keys, series that the legend switches, and a part of
// the axes enlarged. Without this script every figure is a complete picture. The dashboard loads the same file.
"use strict";
window.oddbenchFigures = (() => {
  const NS = "http://www.w3.org/2000/svg";
  // The colours of the figures, which the style repaints in the dark.
  const INK = "#1F2933", MUTED = "#5B6673", PAPER = "#FFFFFF", GRID = "#E3E7EC";
  // How far the pointer may be from a line, or from a dot, in figure units.
  const NEAR = 22;
  // The places of a series that the arrow keys step through, at most.
  const STOPS = 60;
  // The part of a ROC that tells good models apart, in plotted values.
  const CORNER = [[-0.001, 0.1], [0.8, 1.002]];
  const KEYS = "Arrow keys: left and right read values, up and down change the series. Space switches it off or on, O shows it alone, A shows all, Z enlarges the upper left, Escape ends.";
  let clips = 0;

  const make = (tag, attributes, text) => {
    const node = document.createElementNS(NS, tag);
    assign(node, attributes);
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const assign = (node, attributes) => Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  const flag = (node, name, value, on) => (on ? node.setAttribute(name, value) : node.removeAttribute(name));

  // An axis as figures/svg.rs writes it.
  const axisOf = (text) => {
    const [from, to, low, high, scale, ...name] = text.split("|");
    return { from: +from, to: +to, low: +low, high: +high, log: scale === "log", name: name.join("|") };
  };
  const place = (axis, plotted) => axis.from + ((plotted - axis.low) / (axis.high - axis.low)) * (axis.to - axis.from);
  const plotted = (axis, at) => axis.low + ((at - axis.from) / (axis.to - axis.from)) * (axis.high - axis.low);
  const shown = (axis, at) => {
    const v = axis.log ? 10 ** plotted(axis, at) : plotted(axis, at);
    return `${axis.name.replace(" (logarithmic)", "").split(":")[0]} ${number(v)}`;
  };
  const number = (v) => {
    const size = Math.abs(v);
    if (size < 1e-9) return "0";
    if (size >= 0.1 && size < 10) return v.toFixed(3);
    return size >= 1e-4 && size < 1e6 ? String(+v.toPrecision(3)) : v.toExponential(1);
  };
  // Four to nine round values of an axis, with labels.
  const ticks = ({ low, high, log }) => {
    const raw = (high - low) / 5;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = power * [1, 2, 5, 10].find((f) => f * power >= raw);
    const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    const out = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i += 1) {
      out.push([i * step, log ? number(10 ** (i * step)) : (i * step).toFixed(decimals)]);
    }
    return out;
  };

  // The lines of a path, each a list of points; the figures have no other commands than these.
  const linesOf = (d) => {
    const lines = [];
    let [x, y] = [0, 0];
    for (const [, command, rest] of d.matchAll(/([Mhvlz])([^Mhvlz]*)/g)) {
      if (command === "z") continue;
      const [a, b] = (rest.match(/-?(?:\d+\.?\d*|\.\d+)/g) ?? []).map(Number);
      if (command === "M") lines.push([]);
      [x, y] = { M: [a, b], h: [x + a, y], v: [x, y + a], l: [x + a, y + b] }[command];
      lines[lines.length - 1].push([x, y]);
    }
    return lines;
  };
  // Two strokes make a cross: what it marks is the middle of a stroke.
  const markOf = (line) => {
    const [[ax, ay], [bx, by]] = [line[0], line[line.length - 1]];
    const slanted = line.length === 2 && ax !== bx && ay !== by && Math.hypot(ax - bx, ay - by) < 12;
    return slanted ? [[(ax + bx) / 2, (ay + by) / 2]] : line;
  };
  // The point of a stroke that is nearest to another point.
  const onStroke = ([ax, ay], [bx, by], [x, y]) => {
    const long = (bx - ax) ** 2 + (by - ay) ** 2;
    const t = long === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / long));
    return [ax + t * (bx - ax), ay + t * (by - ay)];
  };

  // Read to users of screen readers, once for the page.
  const say = (text) => {
    let node = document.getElementById("figure-said");
    if (!node) {
      node = document.createElement("p");
      node.id = "figure-said";
      node.setAttribute("role", "status");
      document.body.append(node);
    }
    node.textContent = text;
  };

  class Figure {
    constructor(svg) {
      this.svg = svg;
      this.host = svg.parentElement;
      this.size = svg.viewBox.baseVal;
      this.axes = svg.dataset.x ? [axisOf(svg.dataset.x), axisOf(svg.dataset.y)] : null;
      this.whole = this.axes?.map((axis) => ({ ...axis }));
      this.groups = [...svg.querySelectorAll("g.s")];
      this.legend = [...svg.querySelectorAll("g.k")];
      this.paths = this.groups.flatMap((group) => [...group.querySelectorAll("path")].map((path) => {
        const d = path.getAttribute("d");
        const lines = linesOf(d);
        return { group, path, lines, now: lines, end: d.includes("z") ? "z" : "" };
      }));
      // In the order of the legend, then what has no entry there.
      this.keys = [...new Set([...this.legend, ...this.groups].map((g) => g.dataset.k))];
      this.switched = new Set(this.legend.map((g) => g.dataset.k));
      this.off = new Set();
      [this.key, this.at] = [0, 0];
      [this.tip, this.clip, this.start, this.band] = [null, null, null, null];
      const named = (at, name) => this.axes[at].name === name;
      this.isRoc = this.axes !== null && this.groups.length > 0 && named(0, "false positive rate") && named(1, "true positive rate");
      this.listen();
      this.toolbar();
    }

    listen() {
      const { svg, host } = this;
      this.legend.forEach((g) => g.addEventListener("click", () => this.toggle(g.dataset.k)));
      svg.addEventListener("pointermove", (event) => this.point(event));
      svg.addEventListener("click", (event) => this.point(event));
      svg.addEventListener("pointerleave", () => this.quiet());
      if (this.axes && this.groups.length > 0) {
        svg.addEventListener("pointerdown", (event) => this.press(event));
        svg.addEventListener("pointermove", (event) => this.drag(event));
        svg.addEventListener("pointerup", (event) => this.release(event));
      }
      if (this.keys.length > 0) {
        host.setAttribute("aria-description", KEYS);
        host.addEventListener("keydown", (event) => this.onKey(event));
        host.addEventListener("blur", () => this.quiet());
      }
    }

    // Buttons below the figure, for what it has.
    toolbar() {
      const bar = document.createElement("div");
      bar.className = "tools";
      const button = (text, act) => {
        const node = bar.appendChild(document.createElement("button"));
        node.type = "button";
        node.textContent = text;
        node.addEventListener("click", () => {
          act();
          this.label();
        });
        return node;
      };
      const switches = this.switched.size > 1;
      const enlarges = this.axes !== null && this.groups.length > 0;
      if (switches) {
        button("Show all", () => this.all(true));
        button("Show none", () => this.all(false));
      }
      this.corner = this.isRoc ? button("Enlarge the upper left", () => this.zoom(this.isWhole() ? CORNER : null)) : null;
      this.back = enlarges && !this.isRoc ? button("Whole figure", () => this.zoom(null)) : null;
      const hints = [switches && "A click on a name switches it.", enlarges && "Drag over a part to enlarge it."].filter(Boolean);
      if (hints.length === 0) return;
      bar.appendChild(document.createElement("span")).textContent = hints.join(" ");
      this.label();
      this.host.after(bar);
    }
    label() {
      if (this.corner) this.corner.textContent = this.isWhole() ? "Enlarge the upper left" : "Whole figure";
      if (this.back) this.back.hidden = this.isWhole();
    }

    // A box of text beside a place, and a dot on it.
    tell(text, [x, y], dot) {
      this.quiet();
      const tip = make("g", { class: "tip", "pointer-events": "none" });
      if (dot) tip.append(make("circle", { cx: x, cy: y, r: 4, fill: PAPER, stroke: INK, "stroke-width": 2 }));
      const box = tip.appendChild(make("rect", { rx: 4, fill: PAPER, stroke: MUTED }));
      const words = text.map((line, i) => tip.appendChild(make("text", { "font-size": 12, fill: INK, "font-weight": i === 0 ? "bold" : "normal" }, line)));
      this.svg.append(tip);
      const w = Math.max(...words.map((word) => word.getComputedTextLength()));
      const h = 15 * words.length;
      const left = Math.max(4, x + 26 + w > this.size.width ? x - w - 24 : x + 14);
      const top = Math.max(4, Math.min(this.size.height - h - 14, y - h - 6));
      words.forEach((word, i) => assign(word, { x: left + 7, y: top + 15 * i + 15 }));
      assign(box, { x: left, y: top, width: w + 14, height: h + 8 });
      this.tip = tip;
    }
    quiet() {
      this.tip?.remove();
      this.tip = null;
    }
    tellOf(group, at) {
      const value = group.dataset.v;
      const text = [group.dataset.n, ...(value ? value.split(", ") : this.read(at))];
      this.tell(text, at, !value || this.axes !== null);
      return text;
    }
    read([x, y]) {
      return this.axes ? [shown(this.axes[0], x), shown(this.axes[1], y)] : [];
    }
    inside([x, y]) {
      if (!this.axes) return false;
      const [across, up] = this.axes;
      return x >= across.from - 1 && x <= across.to + 1 && y <= up.from + 1 && y >= up.to - 1;
    }

    // What is nearest to a place, if anything is near.
    nearest(to) {
      let best = { away: NEAR };
      const shown = this.paths.filter(({ group }) => !this.off.has(group.dataset.k));
      for (const { group, now } of shown) {
        for (const points of now.map(markOf)) {
          points.forEach((point, i) => {
            const at = onStroke(point, points[i + 1] ?? point, to);
            const away = Math.hypot(to[0] - at[0], to[1] - at[1]);
            if (away < best.away && (!this.axes || this.inside(at))) best = { away, at, group };
          });
        }
      }
      return best.group ? best : null;
    }
    placeOf(event) {
      const box = this.svg.getBoundingClientRect();
      return [((event.clientX - box.left) * this.size.width) / box.width, ((event.clientY - box.top) * this.size.height) / box.height];
    }
    point(event) {
      const at = this.placeOf(event);
      const under = event.target.closest?.("g.s[data-v]");
      const found = under && !this.axes ? { group: under, at } : this.nearest(at);
      if (found) this.tellOf(found.group, found.at);
      else if (this.inside(at)) this.tell(this.read(at), at, false);
      else this.quiet();
    }

    // Series on and off.
    name(key) {
      return this.groups.find((g) => g.dataset.k === key)?.dataset.n ?? "";
    }
    refresh() {
      this.groups.forEach((g) => flag(g, "display", "none", this.off.has(g.dataset.k)));
      this.legend.forEach((g) => flag(g, "opacity", "0.35", this.off.has(g.dataset.k)));
      this.quiet();
    }
    toggle(key) {
      if (!this.off.delete(key)) this.off.add(key);
      this.refresh();
      say(`${this.name(key)} is ${this.off.has(key) ? "off" : "on"}`);
    }
    all(on) {
      this.off = new Set(on ? [] : this.switched);
      this.refresh();
      say(on ? "all are on" : "all are off");
    }
    alone(key) {
      this.all(false);
      this.off.delete(key);
      this.refresh();
      say(`${this.name(key)} alone`);
    }

    // Enlarges a part of the axes, in plotted values; null: the whole.
    zoom(part) {
      this.whole.forEach((axis, i) => Object.assign(this.axes[i], axis, part ? { low: part[i][0], high: part[i][1] } : {}));
      const moved = ([x, y]) => [place(this.axes[0], plotted(this.whole[0], x)), place(this.axes[1], plotted(this.whole[1], y))];
      for (const path of this.paths) {
        path.now = part ? path.lines.map((line) => line.map(moved)) : path.lines;
        const line = (points) => `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}${path.end}`;
        path.path.setAttribute("d", path.now.map(line).join(""));
      }
      this.svg.querySelectorAll("g.a").forEach((g) => flag(g, "display", "none", part));
      this.svg.querySelector("g.zoomed")?.remove();
      if (part) {
        this.cut();
        this.svg.insertBefore(this.scales(), this.groups[0]);
      }
      this.quiet();
    }
    isWhole() {
      return this.axes.every((axis, i) => axis.low === this.whole[i].low && axis.high === this.whole[i].high);
    }
    // What lies beyond the axes is not drawn.
    cut() {
      if (this.clip) return;
      clips += 1;
      const [x, y] = this.whole;
      this.clip = make("clipPath", { id: `part-${clips}` });
      this.clip.append(make("rect", { x: x.from, y: y.to, width: x.to - x.from, height: y.from - y.to }));
      this.svg.append(this.clip);
      this.groups.forEach((g) => g.setAttribute("clip-path", `url(#part-${clips})`));
    }
    // The grid and the labels of the enlarged part.
    scales() {
      const g = make("g", { class: "zoomed" });
      const [x, y] = this.axes;
      const label = (at, anchor, text) => make("text", { ...at, "font-size": 11, "text-anchor": anchor, fill: MUTED }, text);
      for (const [v, text] of ticks(x)) {
        const at = place(x, v);
        g.append(make("path", { stroke: GRID, d: `M${at} ${y.from}V${y.to}` }), label({ x: at, y: y.from + 17 }, "middle", text));
      }
      for (const [v, text] of ticks(y)) {
        const at = place(y, v);
        g.append(make("path", { stroke: GRID, d: `M${x.from} ${at}H${x.to}` }), label({ x: x.from - 7, y: at + 4 }, "end", text));
      }
      const [across, up] = [(x.from + x.to) / 2, (y.from + y.to) / 2];
      const named = (at, text) => make("text", { ...at, "font-size": 12, "text-anchor": "middle", fill: INK }, text);
      g.append(make("path", { stroke: MUTED, d: `M${x.from} ${y.to}V${y.from}H${x.to}` }),
        named({ x: across, y: y.from + 36 }, x.name), named({ x: 20, y: up, transform: `rotate(-90 20 ${up})` }, y.name));
      return g;
    }

    // A rectangle that the mouse draws is enlarged; a finger scrolls.
    press(event) {
      const at = this.placeOf(event);
      if (event.pointerType === "mouse" && event.button === 0 && this.inside(at)) this.start = at;
    }
    dragged(event) {
      const [x, y] = this.placeOf(event);
      const [a, b] = this.start;
      return { x: Math.min(x, a), y: Math.min(y, b), width: Math.abs(x - a), height: Math.abs(y - b) };
    }
    drag(event) {
      if (!this.start) return;
      this.band ??= this.svg.appendChild(make("rect", { fill: MUTED, "fill-opacity": 0.15, stroke: MUTED, "pointer-events": "none" }));
      assign(this.band, this.dragged(event));
    }
    release(event) {
      if (!this.start) return;
      const { x, y, width, height } = this.dragged(event);
      this.band?.remove();
      [this.start, this.band] = [null, null];
      if (width > 8 && height > 8) {
        const [across, up] = this.axes;
        this.zoom([[plotted(across, x), plotted(across, x + width)], [plotted(up, y + height), plotted(up, y)]]);
      }
      this.label();
    }

    // The places of a series that the arrow keys step through, from left to right.
    stops(key) {
      const own = this.paths.filter(({ group }) => group.dataset.k === key);
      if (own.some(({ group }) => group.dataset.v)) {
        const first = (group) => own.find((path) => path.group === group).now[0];
        return [...new Set(own.map(({ group }) => group))].map((group) => ({ group, at: markOf(first(group))[0] }));
      }
      const points = own.flatMap(({ group, now }) => now.flatMap((line) => markOf(line).map((at) => ({ group, at }))));
      const seen = points.filter(({ at }) => !this.axes || this.inside(at));
      seen.sort((a, b) => a.at[0] - b.at[0] || b.at[1] - a.at[1]);
      const step = Math.max(1, seen.length / STOPS);
      return Array.from({ length: Math.min(STOPS, seen.length) }, (_, i) => seen[Math.floor(i * step)]);
    }
    walk(by) {
      const key = this.keys[this.key];
      const places = this.stops(key);
      if (places.length === 0) return say(`${this.name(key)}: nothing here`);
      this.at = Math.max(0, Math.min(places.length - 1, this.at + by));
      const { group, at } = places[this.at];
      return say(this.tellOf(group, at).join(", "));
    }
    change(by) {
      this.key = (this.key + by + this.keys.length) % this.keys.length;
      this.quiet();
      const key = this.keys[this.key];
      say(`${this.name(key)}${this.off.has(key) ? ", off" : ""}`);
    }
    onKey(event) {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const key = this.keys[this.key];
      const can = this.switched.has(key);
      const acts = {
        ArrowRight: () => this.walk(1), ArrowLeft: () => this.walk(-1), ArrowDown: () => this.change(1), ArrowUp: () => this.change(-1),
        " ": () => can && this.toggle(key), o: () => can && this.alone(key), a: () => this.all(true), Escape: () => this.quiet(),
        z: () => this.isRoc && this.zoom(this.isWhole() ? CORNER : null),
      };
      const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!act) return;
      act();
      this.label();
      event.preventDefault();
    }
  }

  return (root) => root.querySelectorAll(".plot > svg:not([data-ready])").forEach((svg) => {
    svg.dataset.ready = "yes";
    new Figure(svg);
  });
})();
