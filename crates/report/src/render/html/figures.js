// Figures that answer: the value under the pointer or at the arrow keys, series that the legend switches, and a part of
// the axes enlarged. Without this script every figure is a complete picture. The dashboard loads the same file.
"use strict";
window.oddbenchFigures = (() => {
  const NS = "http://www.w3.org/2000/svg";
  const INK = "#1F2933", MUTED = "#5B6673", PAPER = "#FFFFFF", GRID = "#E3E7EC";
  // How far the pointer may be from a line, or from a dot, in figure units.
  const NEAR = 22;
  const KEYS = "Arrow keys: left and right read values, up and down change the series. Space switches it off or on, O shows it alone, A shows all, Z enlarges the upper left, Escape ends.";
  let clips = 0;

  const make = (tag, attributes, text) => {
    const node = document.createElementNS(NS, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text !== undefined) node.textContent = text;
    return node;
  };

  // An axis as figures/svg.rs writes it.
  const axisOf = (text) => {
    const [from, to, low, high, scale, ...name] = text.split("|");
    return { from: +from, to: +to, low: +low, high: +high, log: scale === "log", name: name.join("|") };
  };
  const place = (axis, plotted) => axis.from + ((plotted - axis.low) / (axis.high - axis.low)) * (axis.to - axis.from);
  const plotted = (axis, at) => axis.low + ((at - axis.from) / (axis.to - axis.from)) * (axis.high - axis.low);
  const shown = (axis, at) => {
    const v = axis.log ? 10 ** plotted(axis, at) : plotted(axis, at);
    const name = axis.name.replace(" (logarithmic)", "").split(":")[0];
    return `${name} ${number(v)}`;
  };
  const number = (v) => {
    const size = Math.abs(v);
    if (size < 1e-9) return "0";
    if (size >= 0.1 && size < 10) return v.toFixed(3);
    return size >= 1e-4 && size < 1e6 ? String(+v.toPrecision(3)) : v.toExponential(1);
  };

  // The lines of a path, each a list of points; the figures have no other commands than these.
  const linesOf = (d) => {
    const lines = [];
    let [x, y] = [0, 0];
    for (const [, command, rest] of d.matchAll(/([MhvlHVz])([^MhvlHVz]*)/g)) {
      const n = (rest.match(/-?(?:\d+\.?\d*|\.\d+)/g) ?? []).map(Number);
      if (command === "M") {
        [x, y] = n;
        lines.push([]);
      } else if (command === "h") x += n[0];
      else if (command === "v") y += n[0];
      else if (command === "l") {
        x += n[0];
        y += n[1];
      }
      if (command !== "z") lines[lines.length - 1].push([x, y]);
    }
    return lines;
  };
  // Two strokes make a cross: what it marks is the middle of a stroke.
  const markOf = (line) => {
    const [[ax, ay], [bx, by]] = [line[0], line[line.length - 1]];
    const slanted = line.length === 2 && ax !== bx && ay !== by && Math.hypot(ax - bx, ay - by) < 12;
    return slanted ? [[(ax + bx) / 2, (ay + by) / 2]] : line;
  };

  function enhance(svg) {
    if (svg.dataset.ready) return;
    svg.dataset.ready = "yes";
    const host = svg.parentElement;
    const axes = svg.dataset.x ? [axisOf(svg.dataset.x), axisOf(svg.dataset.y)] : null;
    const whole = axes?.map((axis) => ({ ...axis }));
    const { width, height } = svg.viewBox.baseVal;
    const groups = [...svg.querySelectorAll("g.s")];
    const legend = [...svg.querySelectorAll("g.k")];
    // Keys in the order of the legend, then what has no entry there.
    const keys = [...new Set([...legend, ...groups].map((g) => g.dataset.k))];
    const paths = groups.flatMap((group) => [...group.querySelectorAll("path")].map((path) => ({ group, path, lines: linesOf(path.getAttribute("d")), closed: path.getAttribute("d").includes("z") })));
    paths.forEach((path) => { path.now = path.lines; });
    const off = new Set();
    const state = { key: 0, at: 0, tip: null };
    const named = (key) => groups.find((g) => g.dataset.k === key)?.dataset.n ?? "";

    function tell(text, [x, y], dot) {
      quiet();
      const tip = make("g", { class: "tip", "pointer-events": "none" });
      if (dot) tip.append(make("circle", { cx: x, cy: y, r: 4, fill: PAPER, stroke: INK, "stroke-width": 2 }));
      const box = make("rect", { rx: 4, fill: PAPER, stroke: MUTED });
      tip.append(box);
      text.forEach((line, i) => tip.append(make("text", { x: 0, y: 15 * i, "font-size": 12, fill: INK, "font-weight": i === 0 ? "bold" : "normal" }, line)));
      svg.append(tip);
      const words = [...tip.querySelectorAll("text")];
      const w = Math.max(...words.map((word) => word.getComputedTextLength()));
      const h = 15 * words.length;
      const left = Math.max(4, x + 14 + w + 12 > width ? x - w - 24 : x + 14);
      const top = Math.max(4, Math.min(height - h - 14, y - h - 6));
      words.forEach((word, i) => {
        word.setAttribute("x", left + 7);
        word.setAttribute("y", top + 15 * i + 15);
      });
      for (const [name, value] of Object.entries({ x: left, y: top, width: w + 14, height: h + 8 })) box.setAttribute(name, value);
      state.tip = tip;
    }
    function quiet() {
      state.tip?.remove();
      state.tip = null;
    }
    const readAt = ([x, y]) => (axes ? axes.map((axis, i) => shown(axis, i === 0 ? x : y)) : []);
    const inside = ([x, y]) => axes && x >= axes[0].from - 1 && x <= axes[0].to + 1 && y <= axes[1].from + 1 && y >= axes[1].to - 1;

    // What is nearest to a point: a value in words, or a place on a line.
    function nearest([x, y]) {
      let best = { away: NEAR };
      for (const { group, now } of paths) {
        if (off.has(group.dataset.k)) continue;
        for (const line of now) {
          const points = markOf(line);
          for (let i = 0; i < points.length; i += 1) {
            const [ax, ay] = points[i];
            const [bx, by] = points[Math.min(i + 1, points.length - 1)];
            const long = (bx - ax) ** 2 + (by - ay) ** 2;
            const t = long === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / long));
            const at = [ax + t * (bx - ax), ay + t * (by - ay)];
            const away = Math.hypot(x - at[0], y - at[1]);
            if (away < best.away && (!axes || inside(at))) best = { away, at, group };
          }
        }
      }
      return best.group ? best : null;
    }
    const tellOf = (group, at) => {
      const value = group.dataset.v;
      const text = [group.dataset.n, ...(value ? value.split(", ") : readAt(at))];
      tell(text, at, !value || axes !== null);
      return text;
    };

    const pointOf = (event) => {
      const box = svg.getBoundingClientRect();
      return [((event.clientX - box.left) * width) / box.width, ((event.clientY - box.top) * height) / box.height];
    };
    function point(event) {
      const at = pointOf(event);
      const under = event.target.closest?.("g.s[data-v]");
      const found = under && !axes ? { group: under, at } : nearest(at);
      if (found) tellOf(found.group, found.at);
      else if (inside(at)) tell(readAt(at), at, false);
      else quiet();
    }

    function refresh() {
      groups.forEach((g) => (off.has(g.dataset.k) ? g.setAttribute("display", "none") : g.removeAttribute("display")));
      legend.forEach((g) => (off.has(g.dataset.k) ? g.setAttribute("opacity", "0.35") : g.removeAttribute("opacity")));
      quiet();
    }
    function toggle(key) {
      if (!off.delete(key)) off.add(key);
      refresh();
      say(`${named(key)} is ${off.has(key) ? "off" : "on"}`);
    }
    const switched = new Set(legend.map((g) => g.dataset.k));
    function all(on) {
      off.clear();
      if (!on) switched.forEach((key) => off.add(key));
      refresh();
      say(on ? "all are on" : "all are off");
    }
    function alone(key) {
      all(false);
      off.delete(key);
      refresh();
      say(`${named(key)} alone`);
    }

    // Enlarges a part of the axes, in plotted values; nothing: the whole.
    let clip = null;
    function zoom(part) {
      whole.forEach((axis, i) => Object.assign(axes[i], axis, part ? { low: part[i][0], high: part[i][1] } : {}));
      const moved = ([x, y]) => [place(axes[0], plotted(whole[0], x)), place(axes[1], plotted(whole[1], y))];
      for (const path of paths) {
        path.now = part ? path.lines.map((line) => line.map(moved)) : path.lines;
        path.path.setAttribute("d", path.now.map((line) => `M${line.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}${path.closed ? "z" : ""}`).join(""));
      }
      svg.querySelectorAll("g.a").forEach((g) => (part ? g.setAttribute("display", "none") : g.removeAttribute("display")));
      svg.querySelector("g.zoomed")?.remove();
      if (part && clip === null) {
        clips += 1;
        clip = make("clipPath", { id: `part-${clips}` });
        const [x, y] = whole;
        clip.append(make("rect", { x: x.from, y: y.to, width: x.to - x.from, height: y.from - y.to }));
        svg.append(clip);
        groups.forEach((g) => g.setAttribute("clip-path", `url(#part-${clips})`));
      }
      if (part) svg.insertBefore(scales(), groups[0]);
      quiet();
    }
    function scales() {
      const g = make("g", { class: "zoomed" });
      const [x, y] = axes;
      for (const [v, label] of ticks(x)) {
        const at = place(x, v);
        g.append(make("path", { stroke: GRID, d: `M${at} ${y.from}V${y.to}` }), make("text", { x: at, y: y.from + 17, "font-size": 11, "text-anchor": "middle", fill: MUTED }, label));
      }
      for (const [v, label] of ticks(y)) {
        const at = place(y, v);
        g.append(make("path", { stroke: GRID, d: `M${x.from} ${at}H${x.to}` }), make("text", { x: x.from - 7, y: at + 4, "font-size": 11, "text-anchor": "end", fill: MUTED }, label));
      }
      const middle = [(x.from + x.to) / 2, (y.from + y.to) / 2];
      g.append(make("path", { stroke: MUTED, d: `M${x.from} ${y.to}V${y.from}H${x.to}` }),
        make("text", { x: middle[0], y: y.from + 36, "font-size": 12, "text-anchor": "middle", fill: INK }, x.name),
        make("text", { x: 20, y: middle[1], "font-size": 12, "text-anchor": "middle", fill: INK, transform: `rotate(-90 20 ${middle[1]})` }, y.name));
      return g;
    }
    // Four to nine round values.
    function ticks({ low, high, log }) {
      const raw = (high - low) / 5;
      const power = 10 ** Math.floor(Math.log10(raw));
      const step = power * [1, 2, 5, 10].find((f) => f * power >= raw);
      const out = [];
      for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i += 1) {
        const v = i * step;
        out.push([v, log ? number(10 ** v) : v.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9)))]);
      }
      return out;
    }
    const isRoc = axes && axes[0].name === "false positive rate" && axes[1].name === "true positive rate" && groups.length > 0;
    const CORNER = [[-0.001, 0.1], [0.8, 1.002]];
    const isWhole = () => axes.every((axis, i) => axis.low === whole[i].low && axis.high === whole[i].high);

    // A dragged rectangle is enlarged; a finger scrolls.
    let start = null;
    let band = null;
    function drag(event) {
      if (event.type === "pointerdown") {
        const at = pointOf(event);
        if (event.pointerType === "mouse" && event.button === 0 && groups.length > 0 && inside(at)) start = at;
        return;
      }
      if (!start) return;
      const [x, y] = pointOf(event);
      const [left, top, w, h] = [Math.min(x, start[0]), Math.min(y, start[1]), Math.abs(x - start[0]), Math.abs(y - start[1])];
      if (event.type === "pointermove") {
        band ??= svg.appendChild(make("rect", { fill: MUTED, "fill-opacity": 0.15, stroke: MUTED, "pointer-events": "none" }));
        for (const [name, value] of Object.entries({ x: left, y: top, width: w, height: h })) band.setAttribute(name, value);
        return;
      }
      band?.remove();
      band = null;
      start = null;
      if (w > 8 && h > 8) zoom([[plotted(axes[0], left), plotted(axes[0], left + w)], [plotted(axes[1], top + h), plotted(axes[1], top)]]);
      tools();
    }

    // The places of a series that the arrow keys step through.
    function stops(key) {
      const own = paths.filter(({ group }) => group.dataset.k === key);
      if (own.some(({ group }) => group.dataset.v)) {
        return [...new Set(own.map(({ group }) => group))].map((group) => ({ group, at: markOf(own.find((p) => p.group === group).now[0])[0] }));
      }
      const points = own.flatMap(({ group, now }) => now.flatMap((line) => markOf(line).map((at) => ({ group, at })))).filter(({ at }) => !axes || inside(at));
      points.sort((a, b) => a.at[0] - b.at[0] || b.at[1] - a.at[1]);
      const step = Math.max(1, points.length / 60);
      return Array.from({ length: Math.min(60, points.length) }, (_, i) => points[Math.floor(i * step)]);
    }
    function key(event) {
      if (event.altKey || event.ctrlKey || event.metaKey || keys.length === 0) return;
      const k = keys[state.key];
      const walk = (by) => {
        const places = stops(k);
        if (places.length === 0) return say(`${named(k)}: nothing here`);
        state.at = Math.max(0, Math.min(places.length - 1, state.at + by));
        const { group, at } = places[state.at];
        return say(tellOf(group, at).join(", "));
      };
      const change = (by) => {
        state.key = (state.key + by + keys.length) % keys.length;
        quiet();
        say(`${named(keys[state.key])}${off.has(keys[state.key]) ? ", off" : ""}`);
      };
      const acts = {
        ArrowRight: () => walk(1), ArrowLeft: () => walk(-1), ArrowDown: () => change(1), ArrowUp: () => change(-1),
        " ": () => switched.has(k) && toggle(k), o: () => switched.has(k) && alone(k), a: () => all(true), Escape: quiet,
        z: () => isRoc && zoom(isWhole() ? CORNER : null),
      };
      const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!act) return;
      act();
      tools();
      event.preventDefault();
    }

    // Buttons below the figure, for what it has.
    const bar = document.createElement("div");
    bar.className = "tools";
    const button = (text, act) => {
      const node = document.createElement("button");
      node.type = "button";
      node.textContent = text;
      node.addEventListener("click", () => {
        act();
        tools();
      });
      bar.append(node);
      return node;
    };
    if (switched.size > 1) {
      button("Show all", () => all(true));
      button("Show none", () => all(false));
    }
    const corner = isRoc ? button("Enlarge the upper left", () => zoom(isWhole() ? CORNER : null)) : null;
    const back = axes && groups.length > 0 && !isRoc ? button("Whole figure", () => zoom(null)) : null;
    function tools() {
      if (corner) corner.textContent = isWhole() ? "Enlarge the upper left" : "Whole figure";
      if (back) back.hidden = isWhole();
    }
    if (switched.size > 1 || (axes && groups.length > 0)) {
      const hint = document.createElement("span");
      hint.textContent = [switched.size > 1 ? "A click on a name switches it." : "", axes && groups.length > 0 ? "Drag over a part to enlarge it." : ""].join(" ").trim();
      bar.append(hint);
    }
    tools();
    if (bar.firstChild) host.after(bar);

    legend.forEach((g) => g.addEventListener("click", () => toggle(g.dataset.k)));
    svg.addEventListener("pointermove", point);
    svg.addEventListener("click", point);
    svg.addEventListener("pointerleave", quiet);
    if (axes) ["pointerdown", "pointermove", "pointerup"].forEach((type) => svg.addEventListener(type, drag));
    if (keys.length > 0) {
      host.setAttribute("aria-description", KEYS);
      host.addEventListener("keydown", key);
      host.addEventListener("blur", quiet);
    }
  }

  // Read to users of screen readers, once for the page.
  function say(text) {
    let node = document.getElementById("figure-said");
    if (!node) {
      node = document.createElement("p");
      node.id = "figure-said";
      node.setAttribute("role", "status");
      document.body.append(node);
    }
    node.textContent = text;
  }

  return (root) => root.querySelectorAll(".plot > svg").forEach(enhance);
})();
