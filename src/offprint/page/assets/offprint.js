// Progressive enhancement: everything here can be read without it.
import { followRun, tableOf } from "/assets/run.js";
import { drawCurves, drawFigure } from "/assets/draw.js";

/** Typesets the formulas inside an element; one that KaTeX refuses stays as it was written. */
function typeset(host) {
  if (!window.katex) return;
  [...host.querySelectorAll(".tex")].slice(0, 200).forEach((span) => {
    const written = span.textContent, formula = written.slice(1, -1);
    if (formula.length > 2048) return;
    try {
      katex.render(formula, span, { trust: false, maxExpand: 100, maxSize: 10, strict: "ignore", throwOnError: true, output: "htmlAndMathml" });
    } catch {
      span.textContent = written;  // KaTeX empties the element before it refuses
    }
  });
}

/** Keeps the command line beside a form what the form would run. */
function mirrorCommand(form) {
  const command = form.querySelector("pre.command");
  const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  const update = () => {
    let positional = "", named = "";
    for (const field of form.querySelectorAll(".field")) {
      const name = field.dataset.option;
      const upload = field.querySelector("input[type=file]");
      const choice = field.querySelector("select");
      const chosen = choice ? [...choice.selectedOptions].map((option) => option.dataset.file ?? option.value) : [field.querySelector("input").value];
      const files = [...(upload?.files ?? [])].map((file) => file.name);
      const value = (files.length && !choice.multiple ? files : [...chosen, ...files]).filter(Boolean).join(",");
      if (value === "" || value === field.dataset.default) continue;
      if (field.dataset.positional === "yes") positional += " " + quoted(value);
      else named += value === "true" ? ` --${name}` : ` --${name} ${quoted(value)}`;
    }
    command.textContent = command.dataset.start + positional + named;
  };
  form.addEventListener("input", update);
  update();
}

/** What a verb that answers at once says of the form's fields, anew as they change; an answer that is overtaken is dropped. */
function previewAnswers(form) {
  if (!form.dataset.preview) return;
  const host = document.createElement("section");
  host.className = "preview";
  host.setAttribute("aria-live", "polite");
  form.after(host);
  let timer, asking;
  const say = (text, name) => {
    const line = document.createElement("p");
    line.className = name;
    line.textContent = text;
    host.append(line);
  };
  const show = ({ events = [], error, problems, title }) => {
    host.replaceChildren();
    for (const [name, text] of Object.entries(problems ?? {})) say(name ? `${name}: ${text}` : text, "help");
    for (const { kind, payload } of events) {
      if (kind === "table") host.append(tableOf(payload));
      if (kind === "figure") drawFigure(host, payload);
      if (kind === "note" || kind === "warning") say(payload.text, kind);
    }
    if (error || title) say(error || title, "error");
    if (events.length) say("Computed as you type and not recorded; press Run to keep it.", "help");
  };
  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    const fields = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    try {
      const response = await fetch(form.dataset.preview, { method: "POST", body: fields, signal: asking.signal });
      show(await response.json());
    } catch (problem) {
      if (problem.name !== "AbortError") host.replaceChildren();
    }
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 150);
  };
  form.addEventListener("input", soon);
  const fold = form.closest("details");
  if (!fold || fold.open) soon();
  else fold.addEventListener("toggle", soon, { once: true });
}

typeset(document);
document.getElementById("refused")?.focus();
document.querySelectorAll("form.verb").forEach(mirrorCommand);
document.querySelectorAll("form.verb").forEach(previewAnswers);
const run = document.getElementById("run-data");
if (run) followRun(JSON.parse(run.textContent));
const compared = document.getElementById("compare-data");
if (compared) {
  const curves = new Map();
  for (const { run: id, curves: own } of JSON.parse(compared.textContent))
    for (const [name, points] of Object.entries(own)) {
      if (!curves.has(name)) curves.set(name, []);
      curves.get(name).push({ label: `run ${id}`, points });
    }
  for (const [name, series] of curves) drawCurves(document.getElementById("curves"), name, series);
}
