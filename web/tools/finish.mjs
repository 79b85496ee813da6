// Last step of the build: licences into the bundle, the template beside it, and a look at what would break a page.
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";

const MOST = 600_000; // Bytes of bundle, style and shapes in every page.

const js = `/*\n${licences()}\n*/\n${readFileSync("dist/report.js", "utf8")}`;
const css = readFileSync("dist/report.css", "utf8");
writeFileSync("dist/report.js", js);
copyFileSync("page.html", "dist/page.html");
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

/** Each text once, with the packages that it is for: their authors ask that it goes with every copy. */
function licences() {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
  const bundled = Object.keys(packages)
    .filter((path) => path !== "" && !packages[path].dev)
    .filter((path) => !path.endsWith("/commander")); // For topojson-client's command line only.
  const texts = new Map();
  for (const path of [...bundled, "node_modules/world-atlas"]) {
    const file = readdirSync(path).find((name) => /^licen[cs]e/i.test(name));
    if (!file) throw new Error(`${path} has no licence file`);
    const text = readFileSync(`${path}/${file}`, "utf8").trim().replaceAll("*/", "* /");
    texts.set(text, [...(texts.get(text) ?? []), path.replace(/^.*node_modules\//, "")]);
  }
  return [...texts].map(([text, names]) => `${names.join(", ")}\n\n${text}`).join("\n\n---\n\n");
}
