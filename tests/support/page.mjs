// Opens a page as a reader would and prints, as JSON, what went wrong: what axe finds, errors, requests, dialogs, what overflows,
// and whether filters, sorting and printing do what they say.
// Arguments: the folder with node_modules, the page, light or dark, the width of the window.
import fs from "fs";
import { createRequire } from "module";

const [modules, page_path, colorScheme, width] = process.argv.slice(2);
const require = createRequire(modules + "/");
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args });
// The page's own policy lets nothing else run, axe included.
const context = await browser.newContext({ colorScheme, viewport: { width: Number(width), height: 800 }, bypassCSP: true });
const strict = await browser.newContext({ colorScheme, viewport: { width: Number(width), height: 800 } });
const troubles = [];

async function open(context) {
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && troubles.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => troubles.push(`error: ${error}`));
  page.on("dialog", (dialog) => { troubles.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => { if (!request.url().startsWith("file:")) troubles.push(`request: ${request.url()}`); });
  await page.goto("file://" + page_path);
  return page;
}

const visible = (page, selector) => page.$$eval(selector, (all) => all.filter((one) => !one.closest("[hidden]")).length);

// As it is, with its policy in force: everything open, every handler that text could have planted given its chance.
const page = await open(strict);
await page.click("button[name=unfold]");
await page.$$eval("*", (all) => all.slice(0, 5000).forEach((one) => ["mouseover", "focus", "click"].forEach((name) => {
  if (!one.closest("form, a, summary")) one.dispatchEvent(new Event(name));
})));
const script = await page.$$eval("script, style, iframe, object, embed, img, link, base, math, template, video, audio, main meta, [srcdoc], [action], [formaction]", (all) => all.map((one) => one.tagName).sort().join());
if (script !== "SCRIPT,STYLE") troubles.push(`elements: ${script}`);
const handlers = await page.$$eval("main *", (all) => all.filter((one) => [...one.attributes].some((name) => /^on|^style$/.test(name.name))).length);
if (handlers) troubles.push(`${handlers} elements have handlers`);
const turned = await page.evaluate(() => /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(document.body.textContent));
if (turned) troubles.push("text is turned around");
const links = await page.$$eval("a", (all) => all.map((one) => one.protocol).filter((one) => one !== "https:"));
if (links.length) troubles.push(`links: ${links}`);
await page.click("button[name=unfold]");

const total = { controls: await visible(page, ".control"), findings: await visible(page, ".finding") };
const filtered = {};
if (total.findings) {
  const first = await page.$eval(".finding", (one) => one.dataset.severity);
  await page.selectOption("select[name=severity]", first);
  await page.waitForTimeout(50);
  filtered.severity = await visible(page, ".finding");
  filtered.others = await page.$$eval(".finding", (all, first) => all.filter((one) => !one.hidden && one.dataset.severity !== first).length, first);
  await page.fill("input[name=text]", "no text of any finding is like this one");
  await page.waitForTimeout(300);
  filtered.nothing = await visible(page, ".control");
  await page.click("button[type=reset]");
  await page.waitForTimeout(100);
  filtered.reset = await visible(page, ".finding");
}
const shown = await page.textContent("#shown");
await page.selectOption("select[name=sort]", "id");
const ids = await page.$$eval(".control", (all) => all.map((one) => one.dataset.id));
if (ids.some((id, index) => index && ids[index - 1] > id)) troubles.push("not sorted by name");
await page.emulateMedia({ media: "print" });
await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
const closed = await page.$$eval("details", (all) => all.filter((one) => !one.open).length);
if (closed) troubles.push(`${closed} parts are folded on paper`);
const paper = await page.evaluate(() => [getComputedStyle(document.documentElement).backgroundColor, getComputedStyle(document.getElementById("filters")).display].join());
if (paper !== "rgb(255, 255, 255),none") troubles.push(`on paper: ${paper}`);
const pdf = await page.pdf({ format: "A4" });
if (pdf.subarray(0, 4).toString() !== "%PDF") troubles.push("no PDF comes out");

// By axe, folded as it opens and unfolded.
const judged = await open(context);
await judged.evaluate(axe);
// Paper is the same whatever the screen is.
const states = ["folded", "unfolded", ...(colorScheme === "light" && width === "1000" ? ["printed"] : [])];
for (const state of states) {
  if (state === "printed") await judged.emulateMedia({ media: "print" });
  const rules = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
  const result = await judged.evaluate((rules) => axe.run(document, rules), rules);
  troubles.push(...result.violations.map((one) => `axe, ${state}: ${one.id} at ${one.nodes[0].target}`));
  const wide = await judged.evaluate(() => document.documentElement.scrollWidth > innerWidth && [...document.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().left + one.scrollWidth > innerWidth).slice(-4).map((one) => one.outerHTML.slice(0, 80) + one.scrollWidth).join(" ; "));
  if (wide) troubles.push(`${state}: wider than the window: ${wide}`);
  if (state === "folded") await judged.click("button[name=unfold]");
}
console.log(JSON.stringify({ troubles, total, filtered, shown }));
await browser.close();
