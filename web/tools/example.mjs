// Fills page.html as Python does, with invented numbers, to look at and to measure: dist/example.html, or
// with a number of links, a language or "broken" as arguments.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { createRequire } from "node:module";
import { geoCentroid } from "d3-geo";
import { feature } from "topojson-client";

const DAYS = 365;
const {
  links = "140",
  lang = "en",
  kind = "full",
  to = "dist/example.html",
} = Object.fromEntries(process.argv.slice(2).map((argument) => argument.split("=")));

let state = 7;
const random = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;

const shapes = readFileSync("dist/shapes.json", "utf8");
const topology = JSON.parse(shapes);
const names = new Map(
  JSON.parse(
    readFileSync(createRequire(import.meta.url).resolve("world-atlas/countries-50m.json"), "utf8"),
  )
    .objects.countries.geometries.map(({ id, properties }) => [
      id ?? properties.name,
      properties.name,
    ])
    .reverse(),
);
const chinese = chineseNames();
const places = {};
for (const country of feature(topology, topology.objects.countries).features) {
  const name = names.get(country.id);
  const [lon, lat] = country.geometry.coordinates.length > 0 ? geoCentroid(country) : [12.45, 41.9];
  places[`R${country.id}`] = {
    name: { en: name, zh: chinese.get(name) ?? name },
    lon,
    lat,
    shape: country.id,
  };
}
const regions = Object.keys(places).filter((id) => !["R732", "R304", "R260"].includes(id));
const days = Array.from({ length: DAYS }, (_, day) => day);

function pack(rows) {
  const columns = rows[0].length;
  const scale = 1 / 4000; // A fortieth of a percent: fine enough to see, and small.
  const bytes = Buffer.alloc(2 * rows.length * columns);
  const numbers = rows.flat().map((value) => (value === null ? 65535 : Math.round(value / scale)));
  numbers.forEach((value, at) => {
    bytes.writeUInt16LE(
      (value - (at < columns ? 0 : numbers[at - columns]) + 65536) % 65536,
      2 * at,
    );
  });
  return {
    shape: [rows.length, columns],
    scale,
    offset: 0,
    data: deflateSync(bytes).toString("base64"),
  };
}

function lossRows(centre, reach, depth) {
  const [lon, lat] = centre;
  const sizes = regions.map((id) => {
    const { lon: x, lat: y } = places[id];
    const away = Math.hypot(((x - lon + 540) % 360) - 180, y - lat);
    return depth * Math.exp(-away / reach) * (0.5 + random());
  });
  const delays = regions.map(() => 3 + 40 * random());
  return days.map((day) =>
    sizes.map((size, at) => {
      if (at % 41 === 7) return null;
      const since = day - delays[at];
      return since < 0
        ? 0
        : Math.min(1, size * (1 - Math.exp(-since / 12)) * Math.exp(-Math.max(0, since - 40) / 70));
    }),
  );
}

const layers = [
  ["All products", "全部产品", [138, 36], 45],
  ["Silicon wafers", "硅片", [138, 36], 25],
  ["Neon gas", "氖气", [31, 47], 40],
  ["Lithium-ion cells", "锂离子电芯", [114, 30], 40],
].map(([en, zh, centre, reach], index) => ({
  name: { en, zh },
  regions,
  values: pack(lossRows(centre, reach, 0.42 - 0.04 * index)),
  most: 0.5,
}));

const ends = regions.map((id) => ({
  name: places[id].name,
  lon: places[id].lon,
  lat: places[id].lat,
}));
const big = [
  "R156",
  "R840",
  "R276",
  "R392",
  "R410",
  "R528",
  "R356",
  "R076",
  "R036",
  "R682",
  "R643",
  "R242",
].map((id) => regions.indexOf(id));
const pick = () =>
  random() < 0.6 ? big[Math.floor(random() * big.length)] : Math.floor(random() * ends.length);
const pairs = Array.from({ length: Number(links) }, () => [
  pick(),
  pick(),
  1e6 * Math.exp(6 * random() ** 3),
]);
const passages = [
  ["Suez Canal", "苏伊士运河", 32.3, 30.4, 0],
  ["Strait of Hormuz", "霍尔木兹海峡", 56.4, 26.6, 1],
  ["Panama Canal", "巴拿马运河", -79.7, 9.1, 0.6],
  ["Strait of Malacca", "马六甲海峡", 101, 2.9, 1],
  ["Taiwan Strait", "台湾海峡", 119.5, 24.5, 1],
  ["Strait of Gibraltar", "直布罗陀海峡", -5.6, 35.95, 1],
  ["Bab el-Mandeb", "曼德海峡", 43.3, 12.6, 0],
].map(([en, zh, lon, lat, open]) => ({ name: { en, zh }, lon, lat, open }));

const curve = (depth, start, speed) =>
  days.map((day) =>
    day < start
      ? 1
      : 1 -
        depth *
          (1 - Math.exp((start - day) / 9)) *
          Math.exp(-Math.max(0, day - start - 25) / speed),
  );
const wave = (values, by) => values.map((value) => Math.min(1.02, value + by * (1 - value)));
const series = [
  ["Silicon wafers", "硅片", curve(0.25, 4, 60)],
  ["Chips, leading edge", "先进制程芯片", curve(0.19, 62, 70)],
  ["Car electronics", "汽车电子", curve(0.13, 90, 80)],
  ["Passenger cars", "乘用车", curve(0.11, 118, 60)],
].map(([en, zh, values]) => ({ name: { en, zh }, values }));
const median = curve(0.2, 5, 80);
const fan = {
  name: { en: "Median of 1,000 draws", zh: "1,000 次抽样的中位数" },
  values: median,
  bands: [
    {
      low: wave(median, -0.7),
      high: wave(median, 0.6),
      name: { en: "90% of draws", zh: "90% 的抽样" },
    },
    {
      low: wave(median, -0.3),
      high: wave(median, 0.3),
      name: { en: "half of draws", zh: "一半的抽样" },
    },
  ],
};
const marks = [
  { day: 4, text: { en: "Earthquake", zh: "地震发生" } },
  { day: 62, text: { en: "Wafer stocks run out", zh: "硅片库存耗尽" } },
  { day: 118, text: { en: "Car plants stop", zh: "汽车厂停产" } },
  { day: 240, text: { en: "Capacity is back", zh: "产能恢复" } },
];
const map = (id, title, note, layerList) => ({
  kind: "map",
  id,
  title,
  note,
  alt: {
    en: "East Asia loses most; the loss fades with distance from Japan.",
    zh: "东亚损失最大，离日本越远损失越小。",
  },
  unit: "share",
  palette: "loss",
  layers: layerList,
  days,
  missing: [],
});
const rows = Array.from({ length: 1200 }, (_, at) => {
  const id = regions[at % regions.length];
  return [
    places[id].name,
    layers[at % 4].name,
    0.6 * random() ** 3,
    5 + Math.floor(300 * random()),
    1e5 * random() ** 4,
    at % 17 === 0 ? null : series[at % 3].name,
  ];
});
const worst = rows.slice(0, 12).sort((one, other) => other[2] - one[2]);

const page = {
  version: 1,
  lang,
  title: {
    en: "Stress test: Tohoku earthquake of 11 March 2011",
    zh: "压力测试：2011 年 3 月 11 日东日本大地震",
  },
  subtitle: {
    en: "Seven critical chains, 239 places, 365 days · invented numbers",
    zh: "七条关键产业链 · 239 个地区 · 365 天 · 数字为虚构",
  },
  headline: [
    {
      en: "Silicon wafers fall a quarter below normal on day 34, and half the world’s car makers feel it two months later.",
      zh: "硅片产量在第 34 天比正常水平低四分之一，两个月后全球半数汽车厂商受到波及。",
    },
    {
      en: "Sixty days of wafer stock carry most chip makers through; those with less than thirty days stop first. Five of 58 products cannot be made as on a normal day.",
      zh: "六十天的硅片库存足以让多数芯片厂渡过难关；库存不足三十天的最先停产。58 种产品中有 5 种无法按正常水平生产。",
    },
  ],
  warnings: [
    {
      en: "Who buys from whom is an assumption: both sourcing bounds are shown side by side.",
      zh: "采购关系属于假设：两种采购上下限并列展示。",
    },
    { en: "Seven places have no value and are hatched.", zh: "有七个地区没有数值，以斜线表示。" },
  ],
  figures: [
    {
      label: { en: "Deepest loss of output", zh: "产出最大损失" },
      value: 0.2497,
      unit: "share",
      note: { en: "silicon wafers, day 34", zh: "硅片，第 34 天" },
    },
    {
      label: { en: "Time to recover", zh: "恢复所需时间" },
      value: 212,
      unit: "day",
      note: { en: "until 99% of normal", zh: "恢复到正常的 99%" },
    },
    {
      label: { en: "Value not delivered", zh: "未交付价值" },
      value: 48.3e9,
      unit: "USD",
      note: { en: "over 365 days", zh: "365 天累计" },
    },
    {
      label: { en: "Demand that cannot be met", zh: "无法满足的需求" },
      value: null,
      unit: "share",
      note: { en: "not computed in this run", zh: "本次运行未计算" },
    },
  ],
  sections: [
    {
      ...map(
        "map",
        { en: "Where output is lost", zh: "产出损失在哪里" },
        {
          en: "Output below a normal day. Darker is worse. Arcs are deliveries; the wider, the more.",
          zh: "低于正常日的产出比例，颜色越深损失越大。弧线表示供货，越宽流量越大。",
        },
        layers,
      ),
      links: {
        origin: pairs.map(([one]) => one),
        destination: pairs.map(([, one]) => one),
        flow: pairs.map(([, , one]) => one),
        ends,
        unit: "USD/day",
      },
      passages,
      missing: [
        {
          name: { en: "Rest of world", zh: "世界其他地区" },
          why: { en: "a group of places without a shape", zh: "多个地区的合计，没有形状" },
        },
      ],
    },
    {
      kind: "path",
      id: "path",
      title: { en: "The path of output", zh: "产出随时间的变化" },
      note: { en: "Output as a share of a normal day.", zh: "产出占正常日的比例。" },
      alt: {
        en: "Four products fall one after another and recover within a year.",
        zh: "四种产品先后下降，并在一年内恢复。",
      },
      unit: "share",
      days,
      series,
      marks,
    },
    {
      kind: "pair",
      id: "bounds",
      title: { en: "Both sourcing bounds", zh: "两种采购假设" },
      note: {
        en: "The truth lies between: buyers that pool the world’s supply, and buyers that buy at home first.",
        zh: "真实情况介于两者之间：全球共享供应，或优先在本国采购。",
      },
      names: [
        { en: "Pooled", zh: "全球共享" },
        { en: "Home first", zh: "本国优先" },
      ],
      parts: [
        map("pooled", "", undefined, [layers[0], layers[2]]),
        map("home", "", undefined, [{ ...layers[1], name: layers[0].name, most: 0.7 }, layers[2]]),
      ],
    },
    {
      kind: "bars",
      id: "hardest",
      title: { en: "Hardest hit", zh: "受冲击最严重" },
      note: {
        en: "Deepest loss of a day, with the range of nine draws in ten.",
        zh: "单日最大损失，以及九成抽样的范围。",
      },
      alt: { en: "Ten places by deepest loss", zh: "按最大损失排列的十个地区" },
      unit: "share",
      rows: worst.slice(0, 10).map(([name, product, value]) => ({
        name,
        value,
        low: value * 0.8,
        high: value * 1.25,
        note: product,
      })),
    },
    {
      kind: "path",
      id: "fan",
      title: { en: "How sure is this?", zh: "结果有多确定？" },
      note: {
        en: "One thousand draws of stocks and recovery.",
        zh: "对库存与恢复速度抽样一千次。",
      },
      alt: { en: "A fan around the median", zh: "围绕中位数的扇形区间" },
      unit: "share",
      days,
      series: [fan],
    },
    {
      kind: "table",
      id: "limits",
      title: { en: "What limited whom", zh: "谁受什么限制" },
      columns: [
        { name: { en: "Place", zh: "地区" }, number: false },
        { name: { en: "Product", zh: "产品" }, number: false },
        {
          name: { en: "Deepest loss", zh: "最大损失" },
          unit: "share",
          number: true,
          about: {
            en: "Largest shortfall of a day against a normal day.",
            zh: "与正常日相比的单日最大缺口。",
          },
        },
        { name: { en: "First day", zh: "首日" }, number: true },
        { name: { en: "Output lost", zh: "损失产出" }, unit: "USD", number: true },
        { name: { en: "Limited by", zh: "限制因素" }, number: false },
      ],
      rows,
      of: 48213,
      file: "limits.csv",
    },
    {
      kind: "code",
      id: "scenario",
      title: { en: "The scenario", zh: "情景" },
      language: "toml",
      text: '# Tohoku, 11 March 2011\nname = "tohoku-2011"\n\n[[changes]]\nkind = "shock"\ntarget = "producers.capacity"\nwhere = { region = "JPN", product = "semiconductors.silicon_wafers" }\nmultiply = 0.5\nstart = 4\nrecovery = { kind = "linear", days = 120 }\n',
    },
    {
      kind: "words",
      id: "method",
      title: { en: "Method and references", zh: "方法与参考文献" },
      folded: true,
      paragraphs: [
        {
          en: "Every producer holds stock of what it needs and delivers by share. When an input is short, output falls to what the scarcest critical input allows (Leontief with inventories; Hallegatte 2008, 2014).",
          zh: "每个生产者都持有所需投入品的库存，并按份额供货。投入品短缺时，产出降至最稀缺的关键投入品所允许的水平（带库存的列昂惕夫模型；Hallegatte 2008, 2014）。",
        },
      ],
    },
    {
      kind: "code",
      id: "again",
      title: { en: "How to reproduce it", zh: "如何重现" },
      language: "console",
      text: "$ catenary stress chains tohoku-2011 --days 365 -o tohoku.result\n$ catenary report tohoku.result -o page.html",
      folded: true,
    },
  ],
  places,
  footer: [
    {
      en: "catenary 0.3 · invented numbers, made to test the drawing code",
      zh: "catenary 0.3 · 数字为虚构，仅用于测试绘图代码",
    },
  ],
};

if (kind === "broken") breakIt(page);

const hash = (content) => `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
const css = readFileSync("dist/report.css", "utf8");
const js = readFileSync("dist/report.js", "utf8");
const escaped = (words) => words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const safe = (json) => json.replaceAll("<", "\\u003c");
const parts = {
  lang: lang === "zh" ? "zh-Hans" : "en",
  title: escaped(page.title[lang]),
  csp: `default-src 'none'; script-src ${hash(js)}; style-src ${hash(css)}; img-src data: blob:; base-uri 'none'; form-action 'none'`,
  css,
  js,
  document: safe(JSON.stringify(page)),
  shapes: safe(shapes),
  fallback: `<h1>${escaped(page.title[lang])}</h1>`,
};
const html = readFileSync("dist/page.html", "utf8").replace(
  /\{\{(\w+)\}\}/g,
  (_, name) => parts[name],
);
writeFileSync(to, html);
console.log(
  `${to}: ${Math.round(html.length / 1000)} kB, of which shapes ${Math.round(shapes.length / 1000)}, numbers ${Math.round(parts.document.length / 1000)}`,
);

function breakIt(page) {
  page.title = { en: "<script>alert(1)</script>", zh: "<b>坏</b>" };
  page.headline = ["<img src=x onerror=alert(1)> " + "long".repeat(80)];
  const nothing = pack([[null, null]]);
  const base = page.sections[0];
  page.sections = [
    {
      ...base,
      id: "one",
      title: "One region",
      layers: [{ name: "x", regions: ["R242"], values: pack([[0.3]]), most: 0 }],
      days: undefined,
      links: undefined,
    },
    { ...base, id: "none", title: "No region", layers: [], days: [], links: undefined },
    {
      ...base,
      id: "nan",
      title: "Missing",
      layers: [{ name: "x", regions: ["R004", "unknown"], values: nothing, most: null }],
      days: [0],
    },
    {
      ...base,
      id: "garbled",
      title: "Garbled",
      layers: [
        {
          name: "x",
          regions: ["R004"],
          values: { shape: [1, 1], scale: 1, offset: 0, data: "AAAA" },
          most: 1,
        },
      ],
    },
    { ...page.sections[1], id: "p0", title: "No days", days: [], series: [] },
    {
      ...page.sections[1],
      id: "p1",
      title: "All missing",
      series: [{ name: "x", values: days.map(() => null) }],
    },
    {
      ...page.sections[1],
      id: "p2",
      title: "One day, one value",
      days: [3],
      series: [{ name: "<i>x</i>", values: [0] }],
    },
    { ...page.sections[3], id: "b0", title: "No bars", rows: [] },
    {
      ...page.sections[3],
      id: "b1",
      title: "Bars",
      rows: [
        { name: "n".repeat(300), value: null },
        { name: "x", value: -3 },
      ],
    },
    { ...page.sections[5], id: "t0", title: "No rows", rows: [] },
    { kind: "odd", id: "odd", title: "Odd" },
  ];
}

function chineseNames() {
  const en = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
  const zh = new Intl.DisplayNames("zh-Hans", { type: "region", fallback: "none" });
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  const codes = letters.flatMap((one) => letters.map((other) => one + other));
  return new Map(
    codes
      .filter((code) => en.of(code))
      .map((code) => [
        en
          .of(code)
          .replace(/^United States$/, "United States of America")
          .replace(" & ", " and "),
        zh.of(code),
      ]),
  );
}
