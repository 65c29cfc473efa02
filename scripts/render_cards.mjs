// Pictures of every card, as Microsoft's own renderer draws it with the host configurations of Teams:
// tests/cards/snapshots/*.json -> build/screenshots/<card>-<theme>-<width>.png, and of all of them the contact sheets
// docs/cards/<theme>-<width>.png, with the height of each card at that width.
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
const THEMES = ['light', 'dark'];
// A card in a chat of the desktop client, and one on a phone; and how their sheets are laid out.
const WIDTHS = { wide: { card: 446, columns: 5, column: 250 }, narrow: { card: 320, columns: 6, column: 190 } };
const UNFOLDED = { issue: ['Move', 'Comment', 'More', 'Subtasks'], help: ['Find'], list: ['Query'] };

async function readJson(path) {
  return JSON.parse((await readFile(path, 'utf8')).replace(/^\uFEFF/, ''));
}

// A page in which cards of one theme and width are drawn, one after the other.
async function openStudio(browser, theme, width) {
  const page = await browser.newPage({
    viewport: { width: WIDTHS[width].card + 24, height: 900 }, deviceScaleFactor: 2,
  });
  await page.setContent(`<body class=${theme}><div class=frame style="width:${WIDTHS[width].card}px"></div></body>`);
  await page.addStyleTag({ path: join(modules, 'adaptivecards/dist/adaptivecards.css') });
  await page.addStyleTag({ path: join(root, 'scripts/card_page/teams.css') });
  await page.addScriptTag({ path: join(modules, 'markdown-it/dist/browser/markdown-it.umd.min.js') });
  await page.addScriptTag({ path: join(modules, 'adaptivecards/dist/adaptivecards.min.js') });
  await page.addScriptTag({ path: join(root, 'scripts/card_page/draw.js') });
  const hostConfig = await readJson(join(root, `tests/data/hostconfig-microsoft-teams-${theme}.json`));

  return async (name, card, unfold = '') => {
    const label = unfold ? `${name}+${unfold.toLowerCase()}` : name;
    const path = join(OUT, `${label}-${theme}-${width}.png`);
    const result = await page.evaluate((given) => window.drawCard(...given), [card, hostConfig, unfold]);
    await page.locator('body').screenshot({ path });
    return { path, label, ...result, complaints: result.complaints.map((text) => `${basename(path)}: ${text}`) };
  };
}

// All cards in one theme and width, in columns, small enough for the repository.
async function drawSheet(browser, theme, width, pictures) {
  const { columns, column } = WIDTHS[width];
  const figures = await Promise.all(pictures.map(async ({ path, label, height }) => {
    const data = (await readFile(path)).toString('base64');
    const caption = `<figcaption>${label} <small>${height} px</small></figcaption>`;
    return `<figure>${caption}<img src="data:image/png;base64,${data}"></figure>`;
  }));
  const page = await browser.newPage({ viewport: { width: columns * column, height: 900 } });
  await page.setContent(`<!doctype html><style>body{margin:8px;columns:${columns};column-gap:8px;font:11px sans-serif;
    background:${theme === 'dark' ? '#1f1f1f' : '#f5f5f5'};color:${theme === 'dark' ? '#ddd' : '#333'}}
    figure{margin:0 0 8px;break-inside:avoid} img{width:100%} small{opacity:.7}</style>${figures.join('')}`);
  await page.screenshot({ path: join(SHEET_FOLDER, `${theme}-${width}.png`), fullPage: true });
  await page.close();
}

const wanted = process.argv.slice(2);
const files = (await readdir(CARDS)).filter((file) => file.endsWith('.json')).sort();
const names = files.map((file) => basename(file, '.json')).filter((name) => !wanted.length || wanted.includes(name));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
});
await mkdir(OUT, { recursive: true });
await mkdir(SHEET_FOLDER, { recursive: true });
const drawn = [];
for (const theme of THEMES) {
  for (const width of Object.keys(WIDTHS)) {
    const draw = await openStudio(browser, theme, width);
    const pictures = [];
    for (const name of names) {
      const card = await readJson(join(CARDS, `${name}.json`));
      for (const unfold of ['', ...(UNFOLDED[name] ?? [])]) pictures.push(await draw(name, card, unfold));
    }
    if (!wanted.length) await drawSheet(browser, theme, width, pictures);
    drawn.push(...pictures);
  }
}
await browser.close();
const complaints = drawn.flatMap((each) => each.complaints);
console.log([...complaints, `${drawn.length} pictures in ${OUT}`].join('\n'));
process.exit(complaints.length ? 1 : 0);
