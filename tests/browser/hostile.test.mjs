// Papers whose every text is an attack are shown as text: no script runs, no link is a script, nothing is asked of another host, no formula hangs the page.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";

const require = createRequire(join(process.env.NPM_FOLDER, "package.json"));
const { chromium } = require("playwright-core");
const folder = mkdtempSync(join(tmpdir(), "offprint-hostile-"));
let server, browser;

after(async () => {
  await browser?.close();
  server?.kill();
  rmSync(folder, { recursive: true, force: true });
});

test("hostile titles, names, links and formulas stay text", async () => {
  const share = join(dirname(process.env.NPM_FOLDER), "share/offprint");
  mkdirSync(join(folder, "share"));
  symlinkSync(join(share, "assets"), join(folder, "share/assets"));
  const papers = JSON.parse(readFileSync(join(share, "papers.json"), "utf8"));
  const markup = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>";
  const formulas = ["\\href{javascript:alert(3)}{x}", "\\includegraphics{https://evil.example/x.png}", "\\url{javascript:alert(4)}", "\\def\\a{\\a\\a}\\a", "\\htmlData{onclick=alert(5)}{x}",
    "\\rule{99999em}{99999em}", "\\class{site}{x}", "{".repeat(500), "\\frac".repeat(300), "x".repeat(3000)];
  papers[0] = { ...papers[0], slug: "hostile", title: markup, authors: [markup], venue: markup, bibtex: markup, summary: `${markup} ${formulas.map((one) => `$${one}$`).join(" and ")}` };
  writeFileSync(join(folder, "share/papers.json"), JSON.stringify(papers));
  server = spawn(process.env.OFFPRINT, ["serve", "--listen", "127.0.0.1:0", "--data", join(folder, "data")],
    { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, OFFPRINT_SHARE: join(folder, "share") } });
  const url = await new Promise((resolve) => server.stdout.once("data", (text) => resolve(/http:\/\/[^ ]*[0-9]/.exec(text)[0])));
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: process.getuid() === 0 ? ["--no-sandbox"] : [] });
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const complaints = [];
  page.on("dialog", (dialog) => { complaints.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => { if (!request.url().startsWith(url) && !request.url().startsWith("data:")) complaints.push(`asked for ${request.url()}`); });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => { if (message.type() === "error") complaints.push(message.text()); });
  for (const path of ["/", "/papers/hostile", "/?q=script"]) {
    await page.goto(url + path);
    await page.waitForLoadState("networkidle");
    assert.equal(await page.locator("a[href^='javascript'], [onerror], [onclick], main img, main script:not([src]):not([type='application/json'])").count(), 0, path);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${path} is too wide`);
  }
  await page.goto(`${url}/papers/hostile`);
  assert.equal(await page.locator("h1").textContent(), markup);
  const shown = await page.locator(".abstract").textContent();
  for (const formula of formulas.filter((one) => /includegraphics|href|htmlData|class/.test(one))) assert.ok(shown.includes(formula), `${formula} vanished`);
  assert.deepEqual(complaints, []);
});
