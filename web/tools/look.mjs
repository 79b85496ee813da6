// Opens the example pages in Chromium, offline, and notes what a reader would notice: pictures in dist/look,
// console errors, requests, axe findings, first paint, links, frames of the slider, and paper.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { chromium } from "playwright-core";

const OUT = "dist/look";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const example = (...options) => execFileSync(process.execPath, ["tools/example.mjs", ...options]);
example("to=dist/example.html");
example("to=dist/links.html", "links=20000");
example("to=dist/broken.html", "kind=broken");
mkdirSync(OUT, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const faults = [];

async function open(file, width, prepare = async () => {}) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, bypassCSP: false });
  page.on(
    "console",
    (message) => message.type() === "error" && faults.push(`${file}: ${message.text()}`),
  );
  page.on("pageerror", (error) => faults.push(`${file}: ${error.message}`));
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url()))
      faults.push(`${file}: asked for ${request.url()}`);
  });
  await prepare(page);
  await page.goto(`file://${resolve(`dist/${file}.html`)}`);
  await page.waitForSelector(file === "broken" ? "#odd" : ".region");
  await page.waitForTimeout(400);
  return page;
}

for (const width of [1440, 390]) {
  const page = await open("example", width);
  for (const lang of ["en", "zh"]) {
    await page.click(`.languages [lang^=${lang}]`);
    await page.waitForTimeout(600);
    await page.screenshot({ path: `${OUT}/${lang}-${width}.png`, fullPage: true });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (overflow > 0) faults.push(`${lang} ${width}: ${overflow} px wider than the window`);
    await look(page, `${lang} ${width}`);
  }
  await page.pdf({ path: `${OUT}/zh-${width}.pdf`, preferCSSPageSize: true });
  await page.click(".languages [lang=en]");
  await page.waitForTimeout(600);
  await page.pdf({ path: `${OUT}/en-${width}.pdf`, preferCSSPageSize: true });
  await page.close();
}

/** A script that the page's own policy would refuse is run from outside it. */
async function look(page, where) {
  await page.evaluate(() => {
    for (const fold of document.querySelectorAll("details")) fold.open = true;
  });
  await page.waitForTimeout(200);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  for (const { id, impact, nodes } of violations) {
    const line = `axe ${where}: ${impact} ${id}: ${nodes
      .map(({ target }) => target.join(" "))
      .slice(0, 3)
      .join(" | ")}`;
    if (impact === "serious" || impact === "critical") faults.push(line);
    else console.log(line);
  }
}

const broken = await open("broken", 1000);
await broken.screenshot({ path: `${OUT}/broken.png`, fullPage: true });
await look(broken, "broken");
await broken.close();

const page = await open("example", 1440);
const paint = await page.evaluate(
  () => performance.getEntriesByName("first-contentful-paint")[0].startTime,
);
console.log(
  `first paint ${Math.round(paint)} ms, ${await page.locator("#map .region").count()} regions`,
);
const frames = await page.evaluate(async () => {
  const slider = document.querySelector("#map input[type=range]");
  const start = performance.now();
  for (let day = 0; day < 365; day++) {
    slider.value = day;
    slider.dispatchEvent(new Event("input"));
    await new Promise(requestAnimationFrame);
  }
  return 365000 / (performance.now() - start);
});
console.log(`slider ${frames.toFixed(0)} frames a second`);
await page.evaluate(() =>
  document.querySelector("#map .stage").scrollIntoView({ block: "center", behavior: "instant" }),
);
const box = await page.locator("#map .stage").boundingBox();
await page.mouse.move(box.x + 0.76 * box.width, box.y + 0.27 * box.height);
await page.screenshot({ path: `${OUT}/hover.png` });
await page.focus("#path .stage");
for (let i = 0; i < 4; i++) await page.keyboard.press("PageUp");
await page.screenshot({ path: `${OUT}/chart.png` });
await page.close();

const links = await open("links", 1440, (fresh) =>
  fresh.addInitScript(() => {
    let total = 0;
    const { beginPath, stroke, getImageData } = CanvasRenderingContext2D.prototype;
    let first = 0;
    CanvasRenderingContext2D.prototype.beginPath = function () {
      first ||= performance.now();
      return beginPath.call(this);
    };
    CanvasRenderingContext2D.prototype.stroke = function () {
      const result = stroke.call(this);
      globalThis.strokes = ++total;
      if (total === globalThis.expected) getImageData.call(this, 0, 0, 1, 1);
      globalThis.linkTime = performance.now() - first;
      return result;
    };
  }),
);
console.log(
  `links: ${await links.evaluate(() => `${globalThis.strokes} drawn in ${Math.round(globalThis.linkTime)} ms`)}`,
);
await links.locator("#map .stage").screenshot({ path: `${OUT}/links.png` });
await links.close();
await browser.close();
for (const fault of faults) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);
