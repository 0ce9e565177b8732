// Drawing: live curves by uPlot, result figures by Observable Plot.
const colours = ["#2f77cc", "#d1711a", "#2c8a57", "#a8479e", "#c2403f", "#757a84", "#1797ad", "#8f7d14", "#7463d4", "#c4618c"];

const greys = ["#757a84", "#a3a7af", "#50545c", "#8b8f97"];

/** The colour of each named mark: the paper's method has one colour in all figures, baselines are grey, what the paper printed has the colour of text. */
function colourOfNames(marks) {
  const of = new Map(), free = colours.slice(marks.some((mark) => mark.role === "method") ? 1 : 0);
  let grey = 0, next = 0;
  for (const mark of marks) {
    if (!mark.name || of.has(mark.name)) continue;
    of.set(mark.name, mark.role === "method" ? colours[0] : mark.role === "baseline" ? greys[grey++ % greys.length] : mark.role === "published" ? ink() : free[next++ % free.length]);
  }
  return of;
}

/** Parallel coordinates: each axis from its least to its greatest value, one line a row. */
function parallelMarks(mark, colour) {
  const ranges = mark.labels.map((_, i) => d3.extent(mark.grid, (row) => row[i]));
  const points = mark.grid.flatMap((row, line) => row.map((value, i) => {
    const [low, high] = ranges[i];
    return { axis: mark.labels[i], share: high > low ? (value - low) / (high - low) : 0.5, line, value: mark.value?.[line] };
  }));
  const ends = mark.labels.flatMap((axis, i) => [{ axis, share: 1, text: plain(ranges[i][1]), dy: -8 }, { axis, share: 0, text: plain(ranges[i][0]), dy: 10 }]);
  return [Plot.ruleX(mark.labels, { stroke: "currentColor", strokeOpacity: 0.4 }),
    Plot.line(points, { x: "axis", y: "share", z: "line", stroke: mark.value ? "value" : colour, strokeOpacity: 0.6 }),
    ...ends.map((end) => Plot.text([end], { x: "axis", y: "share", text: "text", dy: end.dy, fontSize: 10 }))];
}

const ink = () => getComputedStyle(document.body).color;
const theme = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const plain = (value) => Number(value.toPrecision(4)).toString();

/** One chart; `series` is [{label, points: [[x, y], ...]}]. Returns a function that redraws with other series. */
export function drawCurves(host, title, series) {
  if (!window.uPlot) return () => {};
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  caption.textContent = title;
  figure.append(caption);
  host.append(figure);
  const axis = { stroke: ink(), font: '11px "Inter Variable", system-ui, sans-serif', size: 46, grid: { stroke: "#8883", width: 1 }, ticks: { stroke: "#8885", width: 1 } };
  const table = (all) => {
    const steps = [...new Set(all.flatMap((one) => one.points.map((point) => point[0])))].sort((a, b) => a - b);
    return [steps, ...all.map((one) => { const by = new Map(one.points); return steps.map((step) => by.get(step) ?? null); })];
  };
  const inner = figure.clientWidth - 34;
  const chart = new uPlot({
    width: Math.max(220, Math.min(640, inner > 0 ? inner : 440)), height: 190, scales: { x: { time: false } }, axes: [{ ...axis, size: 28 }, { ...axis, values: (_, all) => all.map(plain) }], cursor: { points: { size: 6 } },
    series: [{ label: "step" }, ...series.map((one, i) => ({ label: series.length > 1 ? one.label : "value", stroke: colours[i % colours.length], width: 2, spanGaps: true, value: (_, value) => value == null ? "–" : plain(value), points: { show: one.points.length < 40 } }))],
  }, table(series), figure);
  return (all) => chart.setData(table(all));
}

const rows = (mark) => mark.x.map((x, i) => ({ x, y: mark.y?.[i], low: mark.low?.[i], high: mark.high?.[i] })).filter((row) => Number.isFinite(row.x));

/** Plot marks of one of ours. */
function plotMarks(mark, colour, logarithmic) {
  const positive = (value) => Number.isFinite(value) && (!logarithmic || value > 0);
  const stroke = colour;
  switch (mark.kind) {
    case "line": {
      const shown = rows(mark).filter((row) => positive(row.y));
      if (shown.length === 1) return [Plot.dot(shown, { x: "x", y: "y", stroke })];
      return [Plot.line(shown, { x: "x", y: "y", stroke, strokeDasharray: mark.dashed || mark.role === "published" ? "5 4" : undefined, strokeWidth: mark.role === "method" ? 2.4 : 1.6 })];
    }
    case "band": return [Plot.areaY(rows(mark), { x: "x", y1: "low", y2: "high", fill: stroke, fillOpacity: 0.2 })];
    case "points": {
      if (mark.labels) return [Plot.tickY(mark.labels.map((label, i) => ({ label, y: mark.y[i] })).filter((row) => positive(row.y)), { x: "label", y: "y", stroke: mark.name ? stroke : colours[0], strokeWidth: 2.2, strokeDasharray: mark.dashed || mark.role === "published" ? "5 3" : undefined })];
      if (mark.value) return [Plot.dot(rows(mark).map((row, i) => ({ ...row, value: mark.value[i] })).filter((row) => positive(row.y)), { x: "x", y: "y", fill: "value", r: 3 })];
      const dots = Plot.dot(rows(mark).filter((row) => positive(row.y)), { x: "x", y: "y", stroke });
      return mark.low ? [Plot.ruleX(rows(mark), { x: "x", y1: "low", y2: "high", stroke }), dots] : [dots];
    }
    case "bars": return [Plot.barY(mark.labels.map((label, i) => ({ label, y: mark.y[i] })), { x: "label", y: "y", fill: stroke }), ...(mark.low ? [Plot.ruleX(mark.labels.map((label, i) => ({ label, low: mark.low[i], high: mark.high[i] })), { x: "label", y1: "low", y2: "high" })] : []), Plot.ruleY([0])];
    case "box": {
      const all = mark.labels.flatMap((label, i) => mark.samples[i].filter(positive).map((y) => ({ label, y })));
      return [Plot.boxY(all, { x: "label", y: "y", fill: "currentColor", fillOpacity: 0.22, stroke: "currentColor", r: 2 })];
    }
    case "histogram": return [Plot.rectY(mark.samples[0], Plot.binX({ y: "count" }, { x: (value) => value, fill: stroke })), Plot.ruleY([0])];
    case "heat_map": return [Plot.cell(mark.grid.flatMap((row, i) => row.map((value, j) => ({ row: mark.y?.[i] ?? i, column: mark.labels?.[j] ?? mark.x?.[j] ?? j, value }))), { x: "column", y: "row", fill: "value", inset: mark.grid[0].length > 60 ? 0 : 0.5 })];
    case "parallel": return parallelMarks(mark, colour);
    default: return [];
  }
}

/** Text pieces coloured by their value, orange above zero and blue below, strongest the greatest. */
function tokens(mark) {
  const host = document.createElement("p");
  host.className = "tokens";
  const greatest = Math.max(...mark.y.map(Math.abs), 1e-300);
  mark.labels.forEach((text, i) => {
    const piece = document.createElement("span");
    piece.textContent = text;
    piece.title = String(mark.y[i]);
    piece.style.backgroundColor = `rgb(${mark.y[i] > 0 ? "214 96 16" : "31 111 196"} / ${Math.abs(mark.y[i]) / greatest * 0.6})`;
    host.append(piece);
  });
  return host;
}

/** What each colour stands for: [[name, colour], ...]. */
function swatches(entries) {
  const host = document.createElement("div");
  host.className = "swatches";
  for (const [name, colour] of entries) {
    const entry = document.createElement("span"), square = document.createElement("i");
    square.style.backgroundColor = colour;
    entry.append(square, name);
    host.append(entry);
  }
  return host;
}

/** Ticks of a logarithmic axis: the narrower its range, the more of them get a label. */
function logarithmic(axis, values) {
  if (axis.scale !== "log") return {};
  const positive = values.flat().filter((value) => value > 0), low = Math.min(...positive), high = Math.max(...positive), decades = Math.log10(high / low);
  const leading = decades > 3 ? [1] : decades > 1.4 ? [1, 3] : decades > 0.5 ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const text = d3.format(low >= 1e-3 && high < 1e5 ? "~g" : "~e");
  return { tickFormat: (value) => (leading.includes(Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9))) ? text(value) : "") };
}

/** The places of a long band axis that get a label: at most `most`. */
const labelled = (names, most) => names.filter((_, i) => i % Math.ceil(names.length / most) === 0);

/** What all panels of a drawing show, and how high that makes a panel: a unit is as long across as upwards. */
function sharedView(figure, width, margins) {
  const [left, right] = d3.extent(figure.marks.flatMap((mark) => mark.x ?? [])), [low, high] = d3.extent(figure.marks.flatMap((mark) => mark.y ?? []));
  const pad = 0.06 * Math.max(right - left, high - low, 1e-9), most = 300;
  const across = right - left + 2 * pad, up = high - low + 2 * pad, scale = Math.min((width - margins) / across, most / up);
  const wider = ((width - margins) / scale - across) / 2;  // where the height is the limit
  return { x: [left - pad - wider, right + pad + wider], y: [low - pad, high + pad], height: up * scale };
}

/** A figure with its title, caption, panels and a download of its numbers. */
export function drawFigure(host, figure) {
  const frame = document.createElement("figure");
  frame.className = "plot-host";
  const caption = document.createElement("figcaption");
  caption.textContent = figure.title;
  frame.append(caption);
  const panels = document.createElement("div");
  const facets = [...new Set(figure.marks.map((mark) => mark.facet ?? ""))];
  panels.className = "panels";
  const named = colourOfNames(figure.marks);
  if (facets.length > 1) frame.classList.add("wide");
  host.append(frame);
  const inner = (frame.clientWidth || 724) - 44, gap = 20;
  const fitting = Math.min(4, Math.max(1, Math.floor((inner + gap) / ((figure.marks[0].grid ? 230 : 300) + gap))));
  const across = Math.ceil(facets.length / Math.ceil(facets.length / fitting));  // rows as full as can be
  const width = Math.max(230, Math.min(720, Math.floor((inner - gap * (across - 1)) / across)));
  panels.style.gridTemplateColumns = `repeat(${across}, minmax(0, 1fr))`;
  for (const facet of facets) {
    const marks = figure.marks.filter((mark) => (mark.facet ?? "") === facet);
    if (marks.every((mark) => mark.kind === "tokens")) { panels.append(...marks.map(tokens)); continue; }
    if (!window.Plot) continue;
    const label = (axis) => axis.unit ? `${axis.label} (${axis.unit})` : axis.label;
    const banded = marks.some((mark) => ["box", "bars", "parallel"].includes(mark.kind)), parallel = marks.some((mark) => mark.kind === "parallel"), heat = marks.some((mark) => mark.kind === "heat_map");
    const log = figure.y.scale === "log";
    const heights = marks.flatMap((mark) => [mark.y ?? [], mark.low ?? [], mark.high ?? [], ...(mark.samples ?? [])]);
    const x = banded || heat ? { label: label(figure.x) } : { label: label(figure.x), type: figure.x.scale, nice: figure.x.scale !== "log", ...logarithmic(figure.x, marks.map((mark) => mark.x ?? [])) };
    const columns = heat ? marks.flatMap((mark) => mark.grid[0].map((_, j) => mark.labels?.[j] ?? mark.x?.[j] ?? j)) : [], lines = heat ? marks.flatMap((mark) => mark.grid.map((_, i) => mark.y?.[i] ?? i)) : [];
    const bands = [...new Set(marks.flatMap((mark) => mark.labels ?? []))], longest = Math.max(0, ...bands.map((name) => name.length));
    // Labels that do not fit side by side are broken at spaces, and if that does not help turned.
    const room = (width - 70) / bands.length / 6.5, word = Math.max(0, ...bands.flatMap((name) => name.split(" ").map((one) => one.length)));
    const broken = banded && longest > room && word <= room, turned = banded && word > room;
    const order = banded ? { domain: bands, tickRotate: turned ? -35 : 0, tickFormat: broken ? (name) => name.replaceAll(" ", "\n") : undefined } : {};
    const marginBottom = turned ? 42 + 3.8 * longest : broken ? 56 : 42, marginLeft = 58, marginTop = 26, marginRight = 20;
    const view = heat && figure.equal_axes ? { height: (width - marginLeft - marginRight) * lines.length / columns.length } : figure.equal_axes ? sharedView(figure, width, marginLeft + marginRight) : null, domain = (of) => view?.[of] ? { domain: view[of], nice: false } : {};
    const plot = Plot.plot({
      title: facet || undefined, width, height: (view ? view.height + marginTop : width < 400 ? 198 : 298) + marginBottom, marginLeft, marginBottom, marginTop, marginRight, ariaLabel: figure.title, style: { background: "none", fontSize: "12px", fontFamily: "inherit" },
      x: { ...x, ...order, ...domain("x"), ...(heat ? { ticks: labelled(columns, width / 36) } : {}) }, y: parallel ? { axis: null, domain: [-0.08, 1.08] } : heat ? { label: label(figure.y), ticks: labelled(lines, 10) } : { label: label(figure.y), type: figure.y.scale, nice: !log, grid: true, ...logarithmic(figure.y, heights), ...domain("y") },
      color: { range: [theme("--sunk"), theme("--accent")], interpolate: "rgb" },
      marks: marks.flatMap((mark, i) => plotMarks(mark, named.get(mark.name) ?? (mark.role === "published" ? ink() : colours[i % colours.length]), log)),
    });
    // Plot's own style sheet is forbidden here: the little that is needed of it stands in offprint.css.
    for (const sheet of plot.querySelectorAll("style")) sheet.remove();
    // One picture with one name, not a tree of shapes.
    for (const part of plot.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
    for (const picture of plot.matches("svg") ? [plot] : plot.querySelectorAll("svg")) {
      picture.setAttribute("role", "img");
      picture.setAttribute("aria-label", facet ? `${figure.title}: ${facet}` : figure.title);
    }
    panels.append(plot);
  }
  if (named.size > 1) caption.after(swatches([...named]));
  const cells = figure.marks.flatMap((mark) => mark.value ?? (mark.kind === "heat_map" ? mark.grid.flat() : [])).filter(Number.isFinite);
  if (cells.length) caption.after(swatches([[plain(Math.min(...cells)), theme("--sunk")], [plain(Math.max(...cells)), theme("--accent")]]));
  const about = document.createElement("p");
  about.className = "help";
  about.textContent = figure.caption + " ";
  const download = document.createElement("a");
  download.textContent = "Numbers";
  download.download = `${figure.id}.json`;
  download.href = `data:application/json,${encodeURIComponent(JSON.stringify(figure))}`;
  about.append(download);
  frame.append(panels, about);
}
