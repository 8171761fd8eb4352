// Compresses what was built (aiohttp serves the .gz beside a file) and checks the size budgets.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const OUT = new URL("../static/", import.meta.url);
const BUDGET_BYTES = { "widget.js": 2 * 1024, "panel.js": 25 * 1024, "help.js": 6 * 1024, "more.js": 4 * 1024, "menu.js": 2 * 1024, "roam.js": 1024, "wishes.js": 6 * 1024, "polled.js": 2 * 1024, "emoji.js": 2 * 1024 };
let failed = false;
for (const name of readdirSync(OUT).filter((name) => /\.(js|json)$/.test(name))) {
  const packed = gzipSync(readFileSync(new URL(name, OUT)), { level: 9 });
  writeFileSync(new URL(`${name}.gz`, OUT), packed);
  const budget = BUDGET_BYTES[name];
  if (budget === undefined) continue;
  const over = packed.length > budget;
  failed ||= over;
  console.log(`${name}: ${packed.length} bytes gzip of ${budget}${over ? " — OVER BUDGET" : ""}`);
}
process.exitCode = failed ? 1 : 0;
