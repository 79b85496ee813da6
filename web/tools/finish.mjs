// Last step of the build: the template beside the bundle, and a look at what would break a page.
import { copyFileSync, readFileSync, statSync } from "node:fs";

const MOST = 600_000; // Bytes of bundle, style and shapes in every page.

copyFileSync("page.html", "dist/page.html");
const js = readFileSync("dist/report.js", "utf8");
const css = readFileSync("dist/report.css", "utf8");
const faults = [
  [/<\/script|<!--/i.test(js), "report.js holds a tag that would end its <script>"],
  [/<\/style/i.test(css), "report.css holds a tag that would end its <style>"],
  [
    /\beval\(|new Function\(|\bfetch\(|XMLHttpRequest|new Worker\(|WebSocket/.test(js),
    "report.js would break its Content-Security-Policy",
  ],
  [/url\(|@import/.test(css), "report.css asks for another file"],
];
const size = ["report.js", "report.css", "shapes.json"].reduce(
  (sum, file) => sum + statSync(`dist/${file}`).size,
  0,
);
faults.push([size > MOST, `${size} bytes are more than ${MOST}`]);
const found = faults.filter(([is]) => is).map(([, what]) => what);
if (found.length > 0) throw new Error(found.join("; "));
console.log(`web: ${Math.round(size / 1000)} kB of bundle, style and shapes`);
