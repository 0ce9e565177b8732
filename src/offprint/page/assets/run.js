// A run's page: its events as they come, each once and in order, over reloads and lost connections.
import { drawCurves, drawFigure } from "/assets/draw.js";

const by = (id) => document.getElementById(id);
const short = (value) => (Number.isFinite(value) ? Number(value.toPrecision(4)).toString() : "–");

/** Keeps at most `limit` points: the least and the greatest of each bucket. */
function thin(points, limit = 1000) {
  if (points.length <= limit) return points;
  const size = Math.ceil(points.length / (limit / 2)), kept = [];
  for (let i = 0; i < points.length; i += size) {
    const bucket = points.slice(i, i + size).sort((a, b) => a[1] - b[1]);
    kept.push(...[bucket[0], bucket.at(-1)].sort((a, b) => a[0] - b[0]));
  }
  return kept;
}

function tableOf(table) {
  const figure = document.createElement("figure"), caption = document.createElement("figcaption"), scroll = document.createElement("div"), element = document.createElement("table");
  figure.className = "table";
  scroll.className = "scroll";
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", table.title);
  caption.textContent = table.title;
  const head = element.createTHead().insertRow();
  for (const column of table.columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = column.name.replaceAll("_", " ") + (column.unit ? ` (${column.unit})` : "");
    head.append(cell);
  }
  const body = element.createTBody();
  for (const row of table.rows) {
    const line = body.insertRow();
    for (const value of row) {
      const cell = line.insertCell();
      if (typeof value === "number") cell.className = "number";
      cell.textContent = typeof value === "number" ? Number(value.toPrecision(5)).toString() : value ?? "";
    }
  }
  scroll.append(element);
  figure.append(caption, scroll);
  return figure;
}

export function followRun({ id, finished }) {
  const curves = new Map();
  let dirty = false;
  by("tables").replaceChildren();
  by("notes").replaceChildren();
  const redraw = () => {
    if (!dirty) return;
    dirty = false;
    for (const [name, curve] of curves) {
      const series = [{ label: name, points: thin(curve.points) }];
      if (curve.draw) curve.draw(series);
      else curve.draw = drawCurves(by("curves"), name, series);
    }
  };
  const timer = setInterval(redraw, 200);
  const source = new EventSource(`/api/v1/runs/${id}/events`);
  const on = (kind, action) => source.addEventListener(kind, (event) => action(JSON.parse(event.data)));
  const log = (kind) => ({ text }) => {
    const item = document.createElement("li");
    item.className = kind;
    item.textContent = text;
    by("notes").append(item);
  };
  on("progress", ({ done, total, what }) => {
    if (!by("bar")) return;  // the run was done when the page was made
    if (total > 0) by("bar").value = done / total;
    else by("bar").removeAttribute("value");
    by("what").textContent = total > 0 ? `${short(done)} / ${short(total)} ${what}` : what;
    if (by("state").textContent === "queued") {
      by("state").textContent = "running";
      by("state").className = "chip running";
    }
  });
  on("metric", ({ name, step, value }) => {
    if (!curves.has(name)) curves.set(name, { points: [] });
    if (Number.isFinite(value)) curves.get(name).points.push([step, value]);
    dirty = true;
  });
  on("table", (table) => by("tables").append(tableOf(table)));
  on("figure", (figure) => drawFigure(by("figures"), figure));
  on("note", log("note"));
  on("warning", log("warning"));
  on("claim", ({ claim, check, value, low, high, seeds }) => {
    const row = document.querySelector(`[data-check="${CSS.escape(claim + "/" + check)}"]`);
    if (!row) return;
    if (!finished) row.classList.add("fresh");
    row.querySelector(".measured").textContent = short(value) + (low == null ? "" : ` [${short(low)}, ${short(high)}]`) + (seeds > 1 ? `, ${seeds} seeds` : "");
  });
  on("end", ({ state, error }) => {
    source.close();
    clearInterval(timer);
    redraw();
    by("state").textContent = state;
    by("state").className = `chip ${state}`;
    by("error").textContent = error;
    if (state === "done" && by("bar")) by("bar").value = 1;
    // The finished page has the verdicts, the files and the button to run again: fetched once, when this viewer saw the run end.
    if (!finished) location.reload();
  });
}
