// Pictures of every card, as Microsoft's own renderer draws it with the host configurations of Teams:
// tests/cards/snapshots/*.json -> build/screenshots/<card>-<theme>-<width>.png, and of all of them the contact sheets
// docs/cards/<theme>-<width>.png.
// Usage: node scripts/render_cards.mjs [card ...]      (CHROMIUM=/path/to/chromium, NODE_MODULES=/path)

import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const modules = process.env.NODE_MODULES ?? join(root, 'node_modules');
const { chromium } = createRequire(join(modules, 'x.js'))('playwright-core');

// Host configurations of Teams from microsoft/AdaptiveCards (MIT): tests/data/hostconfig-microsoft-teams-*.json
const CARDS = join(root, 'tests/cards/snapshots');
const OUT = join(root, 'build/screenshots');
const SHEET_FOLDER = join(root, 'docs/cards');
const SHEETS = [
  { theme: 'light', width: 'wide', columns: 4, column: 330 },
  { theme: 'dark', width: 'narrow', columns: 6, column: 190 },
];
const THEMES = { light: '#f5f5f5', dark: '#1f1f1f' };
const WIDTHS = { wide: 600, narrow: 320 };
// What the renderer itself leaves to its host: buttons and fields look like nothing without it.
const STYLE = (dark) => `
  body { margin: 0; padding: 12px; display: inline-block; font-family: 'Segoe UI', 'Liberation Sans', sans-serif; }
  .frame { border-radius: 8px; overflow: hidden; background: ${dark ? '#292929' : '#fff'};
           box-shadow: 0 1px 3px #0004; }
  .ac-actionSet { flex-wrap: wrap; row-gap: 8px; }
  .ac-pushButton { font: 600 13px 'Segoe UI', 'Liberation Sans', sans-serif; padding: 6px 12px; border-radius: 4px;
           border: 1px solid ${dark ? '#666' : '#d1d1d1'}; background: ${dark ? '#292929' : '#fff'};
           color: ${dark ? '#fff' : '#242424'}; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
  .ac-pushButton.style-positive { background: #5b5fc7; color: #fff; border-color: #5b5fc7; }
  .ac-pushButton.expandable::after { content: ' ▾'; }
  .ac-input { border: 1px solid ${dark ? '#666' : '#d1d1d1'}; border-radius: 4px; padding: 6px; font: inherit;
           background: ${dark ? '#1f1f1f' : '#fff'}; color: ${dark ? '#fff' : '#242424'} !important; box-sizing: border-box; width: 100%; }
  .ac-anchor { color: ${dark ? '#a6a7dc' : '#5b5fc7'} !important; text-decoration: none; }
`;

async function readJson(path) {
  return JSON.parse((await readFile(path, 'utf8')).replace(/^\uFEFF/, ''));
}

// Runs in the page: draws one card and returns what the renderer complains about.
function draw([card, hostConfig, unfold]) {
  const { AdaptiveCard, HostConfig, SerializationContext } = window.AdaptiveCards;
  AdaptiveCard.onProcessMarkdown = (text, result) => {
    result.outputHtml = window.markdownit().render(text);
    result.didProcess = true;
  };
  const drawn = new AdaptiveCard();
  drawn.hostConfig = new HostConfig(hostConfig);
  const context = new SerializationContext();
  drawn.parse(card, context);
  document.querySelector('.frame').appendChild(drawn.render());
  if (unfold) {
    const buttons = [...document.querySelectorAll('.ac-pushButton')];
    buttons.find((button) => button.textContent.startsWith(unfold))?.click();
  }
  const complaints = Array.from({ length: context.eventCount }, (_, i) => context.getEventAt(i).message);
  return [...complaints, ...drawn.validateProperties().validationEvents.map((event) => event.message)];
}

async function picture(browser, name, card, theme, width, unfold = '') {
  const page = await browser.newPage({ viewport: { width: WIDTHS[width] + 24, height: 400 }, deviceScaleFactor: 2 });
  await page.setContent(
    `<body style="background:${THEMES[theme]}"><div class=frame style="width:${WIDTHS[width]}px"></div></body>`);
  await page.addStyleTag({ path: join(modules, 'adaptivecards/dist/adaptivecards.css') });
  await page.addStyleTag({ content: STYLE(theme === 'dark') });
  await page.addScriptTag({ path: join(modules, 'markdown-it/dist/browser/markdown-it.umd.min.js') });
  await page.addScriptTag({ path: join(modules, 'adaptivecards/dist/adaptivecards.min.js') });
  const hostConfig = await readJson(join(root, `tests/data/hostconfig-microsoft-teams-${theme}.json`));
  const complaints = await page.evaluate(draw, [card, hostConfig, unfold]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (overflow > 0) complaints.push(`${overflow} px wider than its place`);
  const path = join(OUT, `${name}-${theme}-${width}.png`);
  await page.locator('body').screenshot({ path });
  await page.close();
  return { path, theme, width, label: name, complaints: complaints.map((text) => `${basename(path)}: ${text}`) };
}

// All cards in one theme and width, in columns, small enough for the repository.
async function contactSheet(browser, { theme, width, columns, column }, drawn) {
  const shown = drawn.filter((each) => each.theme === theme && each.width === width);
  const figures = await Promise.all(shown.map(async ({ path, label }) => {
    const data = (await readFile(path)).toString('base64');
    return `<figure><figcaption>${label}</figcaption><img src="data:image/png;base64,${data}"></figure>`;
  }));
  const page = await browser.newPage({ viewport: { width: columns * column, height: 900 } });
  await page.setContent(`<!doctype html><style>body{margin:8px;columns:${columns};column-gap:8px;font:11px sans-serif;
    background:${THEMES[theme]};color:${theme === 'dark' ? '#ddd' : '#333'}}
    figure{margin:0 0 8px;break-inside:avoid} img{width:100%}</style>${figures.join('')}`);
  await page.screenshot({ path: join(SHEET_FOLDER, `${theme}-${width}.png`), fullPage: true });
  await page.close();
}

const wanted = process.argv.slice(2);
const names = (await readdir(CARDS)).filter((file) => file.endsWith('.json')).map((file) => basename(file, '.json'));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
});
await mkdir(OUT, { recursive: true });
const drawn = [];
for (const name of names.filter((each) => !wanted.length || wanted.includes(each)).sort()) {
  const card = await readJson(join(CARDS, `${name}.json`));
  for (const theme of Object.keys(THEMES)) {
    for (const width of Object.keys(WIDTHS)) drawn.push(await picture(browser, name, card, theme, width));
  }
  if (name !== 'issue') continue;
  for (const unfold of ['Move', 'Comment', 'More', 'Subtasks']) {
    drawn.push(await picture(browser, `${name}-${unfold.toLowerCase()}`, card, 'light', 'wide', unfold));
  }
}
if (!wanted.length) {
  await mkdir(SHEET_FOLDER, { recursive: true });
  for (const sheet of SHEETS) await contactSheet(browser, sheet, drawn);
}
await browser.close();
const complaints = drawn.flatMap((each) => each.complaints);
console.log([...complaints, `${drawn.length} pictures in ${OUT}`].join('\n'));
process.exit(complaints.length ? 1 : 0);
