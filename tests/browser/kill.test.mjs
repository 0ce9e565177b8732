// Kills (SIGKILL) during a run. Of the server: the run goes on, and a new server tells all of it, once and in order. Of the run, or of the dispatcher and the
// server at once: what a viewer was told stays told, the run is said to have failed or to be lost, and can be run again.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const folder = mkdtempSync(join(tmpdir(), "offprint-kill-"));
const servers = [];

async function serve() {
  const server = spawn(process.env.OFFPRINT, ["serve", "--listen", "127.0.0.1:0", "--data", folder], { stdio: ["ignore", "pipe", "inherit"] });
  servers.push(server);
  const url = await new Promise((resolve) => server.stdout.once("data", (text) => resolve(/http:\/\/[^ ]*[0-9]/.exec(text)[0])));
  return { server, url };
}

const parse = (text) => text.split("\n\n").filter((block) => /^id: \d+\n/.test(block) && block.includes("\ndata: "));

/** Reads a run's stream until `enough` says so or it ends; gives its whole events. */
async function follow(url, run, enough = () => false) {
  let text = "";
  try {
    const response = await fetch(`${url}/api/v1/runs/${run}/events`);
    for await (const bytes of response.body) {
      text += Buffer.from(bytes).toString();
      if (enough(text)) break;
    }
  } catch { /* the server was killed */ }
  return parse(text.slice(0, text.lastIndexOf("\n\n") + 2));
}

after(() => {
  for (const server of servers) server.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
});

const numbersOf = (events) => events.map((block) => Number(/^id: (\d+)/.exec(block)[1]));
const stateOf = async (url, run) => (await (await fetch(`${url}/api/v1/runs/${run}`)).json()).state;

async function start(url, values) {
  const response = await fetch(`${url}/api/v1/papers/presto/runs`, { method: "POST", body: new URLSearchParams({ verb: "simulate", rows: 800, ...values }) });
  assert.equal(response.status, 202);
  return (await response.json()).run;
}

/** The processes for which `matches(words of the command line, working folder)`. */
function processes(matches) {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      return matches(readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0"), readlinkSync(`/proc/${pid}/cwd`));
    } catch {
      return false;
    }
  });
}
const dispatchers = () => processes((words) => words.includes("dispatch") && words.includes(folder));
const workers = (run) => processes((words, cwd) => words.includes("--json-lines") && cwd === join(folder, "runs", String(run)));

async function until(what, true_yet, seconds = 20) {
  for (const end = Date.now() + 1000 * seconds; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50)))
    if (await true_yet()) return;
  assert.fail(`never: ${what}`);
}

test("a killed server loses no event that it had told", async () => {
  let { server, url } = await serve();
  const run = await start(url, { sims: 60 });
  const told = [];
  for (let round = 0; round < 3; ++round) {
    const seen = await follow(url, run, (text) => parse(text).length > told.length);
    if (seen.length > told.length) told.splice(0, told.length, ...seen);
    assert.deepEqual(seen, told.slice(0, seen.length), "what was told before is told again, unchanged");
    server.kill("SIGKILL");
    await new Promise((resolve) => server.once("exit", resolve));
    ({ server, url } = await serve());
  }
  assert.ok(told.length > 0);
  assert.equal(await stateOf(url, run), "running", "the kills came during the run");
  const all = await follow(url, run);
  assert.deepEqual(all.slice(0, told.length), told);
  assert.deepEqual(numbersOf(all), all.map((_, i) => i + 1));
  assert.equal(await stateOf(url, run), "done");
  server.kill("SIGKILL");
});

test("dispatcher and server killed at once: what was told stays, the run is lost and can be run again", async () => {
  for (let round = 0; round < 3; ++round) {
    const { server, url } = await serve();
    const run = await start(url, { sims: 500, seed: 10 + round });
    const told = await follow(url, run, (text) => parse(text).length > round);
    assert.ok(told.length > round);
    const working = workers(run);
    assert.ok(working.length > 0);
    for (const pid of dispatchers()) process.kill(pid, "SIGKILL");
    server.kill("SIGKILL");
    await until("the run's processes end with their dispatcher", () => workers(run).length === 0);
    const next = await serve();
    const kept = await follow(next.url, run);
    assert.deepEqual(kept.slice(0, told.length), told);
    assert.deepEqual(numbersOf(kept), kept.map((_, i) => i + 1));
    assert.equal(await stateOf(next.url, run), "lost");
    const page = await (await fetch(`${next.url}/runs/${run}`)).text();
    const again = await fetch(`${next.url}/runs/${run}/again`, { method: "POST", redirect: "manual", body: new URLSearchParams({ token: /name="token" value="([^"]+)"/.exec(page)[1] }) });
    const repeated = Number(/\/runs\/(\d+)/.exec(again.headers.get("location"))[1]);
    await until("the repeated run runs", async () => (await stateOf(next.url, repeated)) === "running");
    next.server.kill("SIGKILL");
    for (const pid of dispatchers()) process.kill(pid, "SIGKILL");
  }
});

test("a killed run has failed, its events stay", async () => {
  const { url } = await serve();
  const run = await start(url, { sims: 500, seed: 20 });
  const told = await follow(url, run, (text) => parse(text).length > 1);
  for (const pid of workers(run)) try { process.kill(pid, "SIGKILL"); } catch { /* its sandbox ended with it */ }
  await until("the run has failed", async () => (await stateOf(url, run)) === "failed");
  assert.deepEqual((await follow(url, run)).slice(0, told.length), told);
  assert.match((await (await fetch(`${url}/api/v1/runs/${run}`)).json()).error, /it was killed/);
});
