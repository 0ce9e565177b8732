// Progressive enhancement: everything here can be read without it.
import { followRun } from "/assets/run.js";
import { drawCurves } from "/assets/draw.js";

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

typeset(document);
document.getElementById("refused")?.focus();
document.querySelectorAll("form.verb").forEach(mirrorCommand);
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
