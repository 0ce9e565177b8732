// A server killed (SIGKILL) during a run loses nothing that it had told a viewer: the run goes on, and a new server tells all of it, once and in order.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
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

test("a killed server loses no event that it had told", async () => {
  let { server, url } = await serve();
  const response = await fetch(`${url}/api/v1/papers/presto/runs`, { method: "POST", body: new URLSearchParams({ verb: "simulate", sims: 60, rows: 800 }) });
  const { run } = await response.json();
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
  assert.equal((await (await fetch(`${url}/api/v1/runs/${run}`)).json()).state, "running", "the kills came during the run");
  const all = await follow(url, run);
  assert.deepEqual(all.slice(0, told.length), told);
  assert.deepEqual(all.map((block) => Number(/^id: (\d+)/.exec(block)[1])), all.map((_, i) => i + 1));
  assert.equal((await (await fetch(`${url}/api/v1/runs/${run}`)).json()).state, "done");
});
