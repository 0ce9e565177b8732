// The page as people use it: a server on a free port with a folder of its own, a real browser. Every page opened here must stay free of console errors,
// of violations of its content security policy, and of requests to other hosts. OFFPRINT_SHOTS=FOLDER keeps pictures.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";

const require = createRequire(join(process.env.NPM_FOLDER, "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.OFFPRINT_SHOTS;

const folder = mkdtempSync(join(tmpdir(), "offprint-browser-"));
let server, url, browser, complaints = [];

before(async () => {
  server = spawn(process.env.OFFPRINT, ["serve", "--listen", "127.0.0.1:0", "--data", folder], { stdio: ["ignore", "pipe", "inherit"] });
  url = await new Promise((resolve, reject) => {
    server.stdout.on("data", (text) => resolve(/http:\/\/[^ ]*[0-9]/.exec(text)[0]));
    server.on("exit", () => reject(new Error("the server ended")));
  });
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: process.getuid() === 0 ? ["--no-sandbox"] : [] });
});

after(async () => {
  await browser?.close();
  server?.kill();
  // A dispatcher that is still idling holds files there for a few seconds more.
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
});

afterEach(() => {
  const found = complaints;
  complaints = [];
  assert.deepEqual(found, []);
});

async function open(path, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20000);
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) complaints.push(`${page.url()}: ${message.text()}`); });
  page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error}`));
  page.on("request", (request) => { if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(url)) complaints.push(`asked for ${request.url()}`); });
  if (options.prepare) await options.prepare(page);
  await page.goto(url + path);
  return page;
}

const unfold = (page, verb) => page.locator(`details:has(#option-${verb}-seed) > summary`).click();
const close = (page) => page.context().close();
const api = async (path) => (await fetch(url + "/api/v1" + path)).json();
const runOf = (page) => Number(/runs\/(\d+)/.exec(page.url())[1]);
const picture = async (page, name) => { if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true }); };
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Waits until the run has this state, asking the API. */
async function reaches(run, state, seconds = 60) {
  for (const end = Date.now() + 1000 * seconds; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const found = await api(`/runs/${run}`);
    if (found.state === state) return found;
    assert.ok(["queued", "running"].includes(found.state), `run ${run} is ${found.state}: ${found.error}`);
  }
  assert.fail(`run ${run} did not become ${state}`);
}

/** The page loads itself again when its run has ended: only then may a test go on elsewhere. */
const settles = (page) => page.waitForFunction(() => document.querySelector("#state")?.textContent === "done" && document.readyState === "complete" && !document.querySelector("form[action$=cancel]"));

async function start(verb, values) {
  const response = await fetch(`${url}/api/v1/papers/presto/runs`, { method: "POST", body: new URLSearchParams({ verb, ...values }) });
  assert.equal(response.status, 202, await response.clone().text());
  return (await response.json()).run;
}

/** Tells every load of a run's page, up to which event it was made, and every event that it then heard of; `told.at` has the time (ms) at which each came. */
async function recordEvents(page, told) {
  told.at = new Map();
  await page.exposeFunction("tell", (what, at) => {
    told.push(what);
    if (!told.at.has(what)) told.at.set(what, at);
  });
  await page.addInitScript(() => {
    document.addEventListener("DOMContentLoaded", () => {
      const data = document.getElementById("run-data");
      if (data) window.tell(`from ${JSON.parse(data.textContent).last}`);
    });
    document.addEventListener("run-event", (event) => window.tell(String(event.detail), Date.now()));
  });
}

/** The loads of a run's page: made with all events up to `from`, then told `ids`. */
function loadsOf(told) {
  const loads = [];
  for (const what of told)
    if (what.startsWith("from ")) loads.push({ from: Number(what.slice(5)), ids: [] });
    else loads.at(-1).ids.push(Number(what));
  return loads;
}

test("the list shows every paper, newest first", async () => {
  const page = await open("/");
  const { papers } = await api("/papers");
  assert.equal(await page.locator(".papers li").count(), papers.length);
  assert.deepEqual(await page.locator(".papers h2").allTextContents(), papers.map((paper) => paper.title));
  await page.getByRole("link", { name: "runs here", exact: true }).click();
  assert.ok(await page.locator(".papers li").count() >= 1);
  await close(page);
});

test("search finds words, beginnings and mistyped words", async () => {
  const page = await open("/");
  const search = async (text) => {
    await page.getByRole("searchbox").fill(text);
    await page.keyboard.press("Enter");
    await page.waitForURL((address) => address.searchParams.get("q") === text);
    return page.locator(".papers h2").first().textContent();
  };
  assert.match(await search("rare events"), /Predicting Rare Events/);
  assert.match(await search("proportoinal odds"), /Proportional Odds/);
  assert.match(await page.locator(".note").textContent(), /Results for proportional odds/);
  await page.getByRole("searchbox").fill("<script>alert(1)</script>");
  await page.keyboard.press("Enter");
  await page.waitForURL(/script/);
  assert.equal(await page.getByRole("searchbox").inputValue(), "<script>alert(1)</script>");
  await close(page);
});

test("by keyboard alone: search, open the paper, run its smoke reproduction; reload and a second viewer lose nothing", async (t) => {
  const told = [], seen = [];
  const page = await open("/", { prepare: (page) => recordEvents(page, told) });
  const tabTo = async (matches) => {
    for (let i = 0; i < 60; ++i) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(matches)) return;
    }
    assert.fail(`Tab never reached ${matches}`);
  };
  await tabTo(() => document.activeElement.name === "q");
  await page.keyboard.type("shrinking towards proportional odds");
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=/);
  await tabTo(() => document.activeElement.textContent.startsWith("Predicting Rare Events"));
  await page.keyboard.press("Enter");
  await page.waitForURL(/papers\/presto/);
  await tabTo(() => document.activeElement.name === "budget");
  await page.keyboard.type("smoke");
  // Long enough to be met mid-way, also on a busy machine.
  await tabTo(() => document.activeElement.name === "seeds");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("16");
  assert.equal(await page.locator("#run pre.command").textContent(), "offprint presto reproduce --budget smoke --seeds 16");
  await tabTo(() => document.activeElement.textContent === "Run reproduce");
  await page.keyboard.press("Enter");
  await page.waitForURL(/runs\/\d+/);
  const run = runOf(page);

  const second = await open(`/runs/${run}`, { prepare: (page) => recordEvents(page, seen) });
  await page.locator("#curves canvas").first().waitFor();
  await page.waitForFunction(() => document.querySelector("#state").textContent === "running" && document.querySelector("#bar").value > 0, undefined, { timeout: 60000 });
  await picture(page, "run-moving-1280-light");
  // Verdicts appear as they land, before the run has ended.
  await page.waitForFunction(() => document.querySelector("#state").textContent !== "running" || document.querySelector("details.claim > summary > .chip:not(.not-measured)"), undefined, { timeout: 150000 });
  assert.equal(await page.locator("#state").textContent(), "running");
  await page.reload();
  await page.locator("#curves canvas").first().waitFor();
  await reaches(run, "done", 150);
  for (const viewer of [page, second]) {
    await viewer.waitForFunction(() => document.querySelector("#state").textContent === "done");
    await viewer.locator(".plot-host svg").first().waitFor();
  }
  await page.waitForTimeout(500);
  const all = (await (await fetch(`${url}/api/v1/runs/${run}/events`)).text()).match(/^id: \d+$/gm).map((line) => Number(line.slice(4)));
  assert.deepEqual(all, all.map((_, i) => i + 1));
  const loads = loadsOf(told), followed = loadsOf(seen);
  for (const load of [...loads, ...followed]) assert.deepEqual(load.ids, load.ids.map((_, i) => load.from + 1 + i), "once each and in order, on from what the page came with");
  assert.ok(loads.length >= 3, "before the reload, after it, and the finished page");
  assert.ok(loads[0].ids.length > 0 && loads[0].from + loads[0].ids.length < all.length, "the reload came mid-way");
  assert.equal(loads[1].from + loads[1].ids.length, all.length);
  assert.equal(followed[0].from + followed[0].ids.length, all.length, "the second viewer missed nothing");
  assert.deepEqual(loads.at(-1), { from: all.length, ids: [] }, "the finished page comes whole");

  // From the moment an event was stored to the moment a viewer who was there had it.
  const exported = join(folder, "exported");
  execFileSync(process.env.OFFPRINT, ["runs", "export", String(run), exported, "--data", folder]);
  const stored = readFileSync(join(exported, "events.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line));
  const lags = stored.filter(({ id }) => id > followed[0].from + 5).map(({ id, time }) => seen.at.get(String(id)) - 1000 * time).sort((a, b) => a - b);
  t.diagnostic(`lag of ${lags.length} events: median ${lags[lags.length >> 1].toFixed(0)} ms, greatest ${lags.at(-1).toFixed(0)} ms`);
  assert.ok(lags[lags.length >> 1] < 1000, `half of the events came later than a second: ${lags}`);

  await page.locator("details.claim summary").first().click();
  assert.match(await page.locator("details.claim[open] .measured").first().textContent(), /\d/);
  assert.ok(await page.locator("#curves canvas").count() > 0);
  assert.ok(await page.locator("#tables table").count() > 0);
  await picture(page, "run-finished-1280-light");
  await close(second);
  await close(page);
});

test("an equal finished run is offered, labelled; run again anyway; cancel", async () => {
  const run = await start("simulate", { sims: 2, rows: 300 });
  await reaches(run, "done");
  const page = await open("/papers/presto");
  await unfold(page, "simulate");
  await page.locator("#option-simulate-sims").fill("2");
  await page.locator("#option-simulate-rows").fill("300");
  await page.getByRole("button", { name: "Run simulate" }).click();
  await page.locator("#stored").waitFor();
  assert.match(await page.locator("#stored").textContent(), new RegExp(`stored result Run ${run} `));
  await picture(page, "stored-1280-light");
  await page.getByRole("button", { name: "Run again anyway" }).click();
  await page.waitForURL(/runs\/\d+/);
  assert.notEqual(runOf(page), run);
  await settles(page);
  const long = await start("simulate", { sims: 500 });
  await page.goto(`${url}/runs/${long}`);
  await reaches(long, "running");
  await page.getByRole("button", { name: "Cancel" }).click();
  await reaches(long, "cancelled", 10);
  await page.waitForFunction(() => document.querySelector("#state").textContent === "cancelled");
  await close(page);
});

test("a bad file gives one clear line", async () => {
  const page = await open("/papers/presto");
  await unfold(page, "fit");
  await page.getByLabel("upload for data").first().setInputFiles({ name: "my survey.csv", mimeType: "text/csv", buffer: Buffer.from("y,x\n1,2\n2,3\n3\n") });
  await page.locator("#option-fit-response").fill("y");
  await page.getByRole("button", { name: "Run fit" }).click();
  await page.waitForURL(/runs\/\d+/);
  await page.waitForFunction(() => document.querySelector("#state").textContent === "failed");
  const error = await page.locator("#error").textContent();
  assert.match(error, /^my_survey\.csv line 4: has 1 fields where the header has 2/);
  assert.ok(!error.includes("\n"));
  // What the form itself can tell is told at the form, with what was typed still in it.
  await page.goto(`${url}/papers/presto`);
  await unfold(page, "simulate");
  await page.locator("#option-simulate-intercepts").fill("one,two");
  await page.getByRole("button", { name: "Run simulate" }).click();
  await page.waitForURL(/refused=yes/);
  assert.match(await page.locator("#refused").textContent(), /intercepts/);
  assert.equal(await page.locator("#option-simulate-intercepts").inputValue(), "one,two");
  complaints = complaints.filter((line) => !line.includes("status of 400"));
  await close(page);
});

test("forms offer what fits: data sets, files of earlier runs, several at once, known tasks", async () => {
  const train = async (words) => {
    const form = new FormData();
    form.append("verb", "train");
    form.append("order", "3");
    form.append("corpus", new Blob([words.repeat(300)]), "corpus.txt");
    const response = await fetch(`${url}/api/v1/papers/llm-provenance/runs`, { method: "POST", body: form });
    return (await response.json()).run;
  };
  const cats = await train("the cat sat on the mat. "), code = await train("if (x) { return y; } ");
  await reaches(cats, "done");
  await reaches(code, "done");
  const page = await open("/papers/llm-provenance");
  await unfold(page, "attribute");
  const offered = await page.locator("#option-attribute-models option").allTextContents();
  assert.deepEqual(offered.slice(0, 2), [`run ${code}: model.ngram`, `run ${cats}: model.ngram`]);
  assert.ok(!offered.some((one) => one.includes("data:")), "data sets are no models");
  await page.locator("#option-attribute-models").selectOption([{ index: 0 }, { index: 1 }]);
  const texts = ["the cat sat on the mat. the mat", "if (x) { return y; } if (x)"].map((text) => JSON.stringify({ text })).join("\n");
  await page.getByLabel("upload for texts").first().setInputFiles({ name: "mine.jsonl", mimeType: "application/jsonl", buffer: Buffer.from(texts) });
  assert.equal(await page.locator("form:has(#option-attribute-models) pre.command").textContent(), "offprint llm-provenance attribute mine.jsonl --models model.ngram,model.ngram");
  await page.getByRole("button", { name: "Run attribute" }).click();
  await page.waitForURL(/runs\/\d+/);
  await reaches(runOf(page), "done");
  await settles(page);
  assert.match(await page.locator("#tables").textContent(), new RegExp(`${code}/model\\.ngram.*${cats}/model\\.ngram`, "s"));
  await page.goto(`${url}/papers/prdc`);
  assert.deepEqual(await page.locator("#option-train-data option").allTextContents(), ["upload a file:", "data:example-control-pendulum"], "of the catalogue only our own example is a log of a controller");
  assert.ok((await page.locator("#option-train-task-list option").evaluateAll((all) => all.map((one) => one.value))).includes("half-cheetah"));
  await close(page);
});

test("a refused form says so where one looks, keeps what was entered, can be loaded anew, and runs once it is mended", async () => {
  const page = await open("/papers/presto");
  await unfold(page, "fit");
  const rows = Array.from({ length: 60 }, (_, i) => `${1 + i % 3},${Math.sin(i)}`).join("\n");
  await page.getByLabel("upload for data").first().setInputFiles({ name: "my survey.csv", mimeType: "text/csv", buffer: Buffer.from(`y,x\n${rows}\n`) });
  await page.locator("#option-fit-order").fill("1,2,3");
  await page.locator("#option-fit-lambdas").evaluate((field) => { field.removeAttribute("min"); field.value = "-5"; });
  await page.getByRole("button", { name: "Run fit" }).click();
  await page.waitForURL(/refused=yes/);
  const looked = async () => {
    assert.equal(await page.evaluate(() => document.activeElement.id), "refused");
    assert.ok(await page.evaluate(() => { const box = document.querySelector("#refused").getBoundingClientRect(); return box.top >= 0 && box.top < innerHeight; }), "in sight");
    assert.match(await page.locator("#refused").textContent(), /lambdas.*response/s);
    assert.equal(await page.locator("#option-fit-order").inputValue(), "1,2,3");
    assert.match(await page.locator("#option-fit-data").inputValue(), /^upload:[0-9a-f]{64}\/my_survey\.csv$/);
    assert.equal(await page.locator("#option-fit-lambdas").getAttribute("aria-invalid"), "true");
  };
  await looked();
  await picture(page, "refused-1280-light");
  await page.reload();
  await looked();
  await page.locator("#option-fit-lambdas").fill("4");
  await page.locator("#option-fit-response").fill("y");
  await page.getByRole("button", { name: "Run fit" }).click();
  await page.waitForURL(/runs\/\d+/);
  const run = await reaches(runOf(page), "done");
  assert.ok(!JSON.stringify(run).includes(folder), "the API tells no path");
  await settles(page);
  await page.getByRole("link", { name: "Change and run again" }).click();
  await page.waitForURL(/verb=fit/);
  assert.equal(await page.locator("#option-fit-response").inputValue(), "y");
  await close(page);
});

test("seven open pages of a running run do not block one another", async () => {
  const run = await start("simulate", { sims: 500, seed: 7 });
  const context = await browser.newContext();
  const pages = [];
  for (let i = 0; i < 7; ++i) {
    const page = await context.newPage();
    await page.goto(`${url}/runs/${run}`);
    pages.push(page);
  }
  await reaches(run, "running");
  for (const page of pages) await page.waitForFunction(() => document.querySelector("#state").textContent === "running", undefined, { timeout: 10000 });
  await pages[6].goto(`${url}/about`, { timeout: 5000 });
  await fetch(`${url}/api/v1/runs/${run}`);
  await pages[0].getByRole("button", { name: "Cancel" }).click();
  await reaches(run, "cancelled", 10);
  for (const page of pages.slice(1, 6)) await page.waitForFunction(() => document.querySelector("#state").textContent === "cancelled", undefined, { timeout: 10000 });
  await context.close();
});

test("a state is continued from the page once, whatever it is called and wherever it comes from", async () => {
  const rows = (count) => "x\n" + Array.from({ length: count }, (_, i) => i % 2).join("\n") + "\n";
  const ask = async (verb, values, files) => {
    const form = new FormData();
    form.append("verb", verb);
    for (const [name, value] of Object.entries(values)) form.append(name, value);
    for (const [name, [file, text]] of Object.entries(files)) form.append(name, new Blob([text]), file);
    const response = await fetch(`${url}/api/v1/papers/continual-privacy/runs`, { method: "POST", body: form });
    assert.equal(response.status, 202, await response.clone().text());
    return (await response.json()).run;
  };
  const ends = async (run) => {
    for (;;) {
      const found = await api(`/runs/${run}`);
      if (!["queued", "running"].includes(found.state)) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const counted = await ask("count", { column: "x", horizon: 1000, rho: 0.5 }, { input: ["events.csv", rows(100)] });
  assert.equal((await ends(counted)).state, "done");
  const page = await (await fetch(`${url}/runs/${counted}`)).text();
  const [, place] = /href="([^"]+)">state\.json</.exec(page);
  const state = await (await fetch(url + place)).text(), identity = `run:${counted}/${place.split("/").at(-1)}`;
  // Two at once, one of them under another name: one goes on, the other is refused.
  const both = [await ask("resume", { saved: identity }, { input: ["more.csv", rows(20)] }), await ask("resume", {}, { saved: ["other name.json", state], input: ["more.csv", rows(30)] })];
  const found = await Promise.all(both.map(ends));
  assert.deepEqual(found.map((one) => one.state).sort(), ["done", "failed"], JSON.stringify(found.map((one) => one.error)));
  assert.match(found.find((one) => one.state === "failed").error, /continued before/);
  for (const files of [{ saved: ["state.json", state], input: ["more.csv", rows(40)] }, { saved: ["third.json", state], input: ["more.csv", rows(50)] }]) {
    const again = await ends(await ask("resume", {}, files));
    assert.equal(again.state, "failed");
    assert.match(again.error, /continued before/);
    assert.ok(!again.error.includes(folder));
  }
  // The state that was written then goes on.
  const good = both[found.findIndex((one) => one.state === "done")];
  const next = /href="([^"]+)">next_state\.json|href="([^"]+)">[^<]*state[^<]*\.json</.exec(await (await fetch(`${url}/runs/${good}`)).text());
  assert.ok(next, "there is a next state");
  const on = await ends(await ask("resume", { saved: `run:${good}/${(next[1] ?? next[2]).split("/").at(-1)}` }, { input: ["more.csv", rows(10)] }));
  assert.equal(on.state, "done", on.error);
});

test("a verb that answers at once follows its form's fields, and nothing is recorded", async () => {
  const before = (await api("/runs")).runs.length;
  const page = await open("/papers/continual_privacy");
  await unfold(page, "convert");
  await page.fill("#option-convert-delta", "1e-6");
  await page.fill("#option-convert-rho", "0.5");
  const preview = page.locator("form#form-convert + .preview");
  await preview.locator("table").waitFor();
  assert.match(await preview.textContent(), /0\.5/);
  await page.fill("#option-convert-rho", "0.7");
  await preview.getByText("epsilon against delta at rho = 0.7").waitFor();
  await page.fill("#option-convert-rho", "-1");
  await preview.getByText(/rho: .*not a number/).waitFor();
  assert.equal((await api("/runs")).runs.length, before);
  const reproduce = await fetch(`${url}/papers/continual_privacy/preview`, { method: "POST", body: new URLSearchParams({ verb: "reproduce", token: await page.locator("form#form-convert input[name=token]").inputValue() }) });
  assert.equal(reproduce.status, 404, "what takes long is not previewed");
  await close(page);
});

test("runs are compared side by side and downloaded as CSV", async () => {
  const page = await open("/runs?paper=presto");
  const boxes = page.getByRole("checkbox");
  await boxes.nth(0).check();
  await boxes.nth((await boxes.count()) - 1).check();
  await page.getByRole("button", { name: "Compare chosen runs" }).click();
  await page.waitForURL(/compare\?/);
  assert.ok(await page.locator("tr.differs").count() > 0);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "All numbers as CSV" }).click()]);
  const lines = readFileSync(await download.path(), "utf8").trim().split("\n");
  assert.match(lines[0], /^what,run \d+,run \d+$/);
  assert.ok(lines.some((line) => line.startsWith("verb,")));
  await close(page);
});

test("without JavaScript everything can be read and a run refreshes itself to its end", async () => {
  const page = await open("/papers/presto", { javaScriptEnabled: false });
  assert.match(await page.locator(".abstract").textContent(), /\$\\beta_k\$|\$.*\$/);
  await unfold(page, "simulate");
  await page.locator("#option-simulate-sims").fill("6");
  await page.getByRole("button", { name: "Run simulate" }).click();
  await page.waitForURL(/runs\/\d+/);
  assert.equal(await page.locator("#state").textContent() === "done", false);
  await page.locator("#state", { hasText: "done" }).waitFor({ timeout: 60000 });
  assert.ok(await page.locator("#tables td").count() > 0);
  await close(page);
});

test("no page scrolls sideways at 360 or 1280 pixels, in light or dark; no serious finding of axe", async () => {
  const runs = (await api("/runs")).runs.map((run) => run.id);
  const pages = { list: "/", search: "/?q=learning", paper: "/papers/presto", listed: "/papers/diffix-attack", runs: "/runs", run: `/runs/${runs.at(-1)}`, failed: `/runs/${runs[1]}`,
    compare: `/compare?run=${runs[0]}&run=${runs.at(-1)}`, tools: "/tools", status: "/status", about: "/about" };
  for (const [name, path] of Object.entries(pages))
    for (const width of [360, 1280])
      for (const colorScheme of ["light", "dark"]) {
        const page = await open(path, { viewport: { width, height: 800 }, colorScheme });
        if (name === "run") await page.locator(".plot-host svg").first().waitFor();
        await picture(page, `${name}-${width}-${colorScheme}`);
        await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
        assert.ok(await overflow(page) <= 0, `${path} at ${width} px is ${await overflow(page)} px too wide`);
        if ((width === 360) === (colorScheme === "dark")) { await close(page); continue; }
        const { violations } = await page.evaluate(`${axe}; axe.run(document, { resultTypes: ["violations"] })`);
        const serious = violations.filter((one) => ["serious", "critical"].includes(one.impact));
        assert.deepEqual(serious.map((one) => `${path} ${width} ${colorScheme} ${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html).join(" ")}`), []);
        await close(page);
      }
});
