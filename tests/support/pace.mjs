// Measures pages in the browser and prints, as JSON, milliseconds for each: from the start of the navigation until the page is drawn, from
// an input until the filtered page is drawn, and how many findings are left then. The best of three counts: the machine does other
// things too.
// Arguments: the folder with node_modules, then the pages.
import { createRequire } from "module";

const [modules, ...paths] = process.argv.slice(2);
const { chromium } = createRequire(modules + "/")("playwright-core");
const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args });
const told = [];
for (const path of paths) {
  const best = { open: Infinity, filter: Infinity, left: 0 };
  for (let round = 0; round < 3; round += 1) {
    const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    await page.goto("file://" + path);
    best.open = Math.min(best.open, await page.evaluate(() => new Promise((done) =>
      requestAnimationFrame(() => setTimeout(() => done(performance.now()))))));
    const filter = await page.evaluate(() => new Promise((done) => {
      const select = document.querySelector("select[name=severity]");
      const start = performance.now();
      select.value = "critical";
      select.dispatchEvent(new Event("input", { bubbles: true }));
      setTimeout(() => requestAnimationFrame(() => setTimeout(() => done(performance.now() - start))));
    }));
    best.filter = Math.min(best.filter, filter);
    best.left = await page.$$eval(".finding", (all) => all.filter((one) => !one.closest("[hidden]")).length);
    await page.close();
  }
  told.push(best);
}
console.log(JSON.stringify(told));
await browser.close();
