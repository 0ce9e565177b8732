// A run's page: it comes with what the run has said so far; the script draws that and asks for what comes after, each event once and in order.
import { drawCurves, drawFigure } from "/assets/draw.js";

const by = (id) => document.getElementById(id);
const short = (value) => (Number.isFinite(value) ? Number(value.toPrecision(4)).toString() : "–");
const shownRows = 50, shownNotes = 50, shownNote = 1000;

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

function textOf(value) {
  if (typeof value === "number") return Number(value.toPrecision(5)).toString();
  if (typeof value === "boolean") return value ? "yes" : "no";
  return value ?? "";
}

function linkTo(href, text) {
  const link = document.createElement("a");
  link.href = href;
  link.textContent = text;
  return link;
}

export function tableOf(table, whole) {
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
  for (const row of table.rows.slice(0, shownRows)) {
    const line = body.insertRow();
    for (const value of row) {
      const cell = line.insertCell();
      if (typeof value === "number") cell.className = "number";
      cell.textContent = textOf(value);
    }
  }
  scroll.append(element);
  figure.append(caption, scroll);
  if (table.rows.length > shownRows && whole) {
    const rest = document.createElement("p");
    rest.className = "help";
    rest.append(linkTo(whole, `All ${table.rows.length} rows as CSV`));
    figure.append(rest);
  }
  return figure;
}

/** A chip that says another state or verdict. */
function say(chip, text) {
  if (!chip || chip.textContent === text) return;
  chip.textContent = text;
  chip.className = `chip ${text.replaceAll(" ", "-")}`;
}

/** The numbers and verdicts of claims, as the server judges them. */
function showClaims(claims) {
  for (const claim of claims) {
    say(document.querySelector(`[data-claim="${CSS.escape(claim.id)}"] > summary > .chip`), claim.verdict);
    for (const check of claim.checks) {
      const row = document.querySelector(`[data-check="${CSS.escape(`${claim.id}/${check.name}`)}"]`);
      if (!row || check.value == null) continue;
      row.classList.add("fresh");
      row.querySelector(".measured").textContent = short(check.value) + (check.low == null ? "" : ` [${short(check.low)}, ${short(check.high)}]`) + (check.seeds > 1 ? `, ${check.seeds} seeds` : "");
      const verdict = row.querySelector(".verdict");
      if (!verdict.firstElementChild) verdict.append(document.createElement("span"));
      say(verdict.firstElementChild, check.verdict);
    }
  }
}

export function followRun({ id, finished, last, curves: known, figures }) {
  const curves = new Map(Object.entries(known).map(([name, points]) => [name, { points }]));
  let dirty = curves.size > 0;
  const redraw = () => {
    if (!dirty) return;
    dirty = false;
    for (const [name, curve] of curves) {
      curve.points = thin(curve.points, 4000);
      const series = [{ label: name, points: thin(curve.points) }];
      if (curve.draw) curve.draw(series);
      else curve.draw = drawCurves(by("curves"), name, series);
    }
  };
  figures.forEach((figure) => drawFigure(by("figures"), figure));
  redraw();
  if (finished) return;

  const whole = (event) => `/runs/${id}/events/${event}`;
  const log = (kind) => ({ text, cut }, event) => {
    if (by("notes").childElementCount >= shownNotes) return;  // further pages have the rest
    const item = document.createElement("li");
    item.className = kind;
    item.append(text.slice(0, shownNote));
    if (cut || text.length > shownNote) item.append(" … ", linkTo(whole(event), "the whole"));
    by("notes").append(item);
  };
  const actions = {
    progress: ({ done, total, what }) => {
      if (total > 0) by("bar").value = done / total;
      else by("bar").removeAttribute("value");
      by("what").textContent = total > 0 ? `${short(done)} / ${short(total)} ${what}` : what;
    },
    metric: ({ name, step, value }) => {
      if (!curves.has(name)) curves.set(name, { points: [] });
      if (Number.isFinite(value)) curves.get(name).points.push([step, value]);
      dirty = true;
    },
    table: (table, event) => by("tables").append(tableOf(table, whole(event))),
    figure: (figure) => drawFigure(by("figures"), figure),
    note: log("note"),
    warning: log("warning"),
  };
  // Short questions one after the other, each in a request of its own: a browser keeps only six connections to a server open, over all its tabs.
  let pause = 250;
  const ask = async () => {
    let told;
    try {
      const response = await fetch(`/api/v1/runs/${id}/events?after=${last}`, { cache: "no-store" });
      if (!response.ok) throw new Error(response.statusText);
      told = await response.json();
    } catch {
      return setTimeout(ask, 1000);  // the server is away; it tells the rest when it is back
    }
    for (const { id: event, kind, payload } of told.events) {
      if (event <= last) continue;
      last = event;
      document.dispatchEvent(new CustomEvent("run-event", { detail: event }));
      actions[kind]?.(payload, event);
    }
    if (told.claims) showClaims(told.claims);
    redraw();
    say(by("state"), told.state);
    if (told.finished) {
      by("error").textContent = told.error;
      // The finished page has the verdicts, the files and the button to run again: fetched once, when this viewer saw the run end.
      return location.reload();
    }
    pause = told.events.length ? 250 : Math.min(1000, pause * 1.5);
    setTimeout(ask, told.more ? 0 : document.hidden ? 2000 : pause);
  };
  ask();
}
