/** Draws the page that is written into the HTML beside this script. */

import "./report.css";
import type { Page } from "./document";
import { preparePrinting } from "./frame";
import { readShapes } from "./geometry";
import { drawPage } from "./page";

const VERSION = 1;

function written(id: string): unknown {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null");
}

const main = document.getElementById("page");
const page = written("document") as Page | null;
// What Python wrote as words stays, should the two not know each other.
if (main && page?.version === VERSION) {
  drawPage(main, page, readShapes(written("shapes")));
  preparePrinting();
}
