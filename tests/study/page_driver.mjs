// Opens a report in the system's Chromium, does what a reader does, and prints as JSON what it saw.
//
//     node page_driver.mjs REPORT.html [FOLDER FOR SCREENSHOTS]

import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const [report, pictures] = process.argv.slice(2);
const url = pathToFileURL(report).href;
const seen = { console: [], requests: [], dialogs: 0 };
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox'] });

async function open(options = {}, hash = '') {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') seen.console.push(message.text());
  });
  page.on('pageerror', (error) => seen.console.push(String(error)));
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url && !request.url().startsWith('data:')) seen.requests.push(request.url());
  });
  page.on('dialog', (dialog) => {
    seen.dialogs += 1;
    dialog.dismiss();
  });
  await page.goto(url + hash);
  return page;
}

const colours = (page) =>
  page.evaluate(() => {
    const door = document.querySelector('svg [fill="var(--door)"]');
    return {
      page: getComputedStyle(document.body).backgroundColor,
      text: getComputedStyle(document.body).color,
      door: door ? getComputedStyle(door).fill : null,
    };
  });

const visible = (page) =>
  page.evaluate(() => {
    const shown = (element) => element.checkVisibility({ visibilityProperty: true });
    return {
      figures: Array.from(document.querySelectorAll('figure')).filter(shown).length,
      rows: Array.from(document.querySelectorAll('#t-summary tbody tr')).filter(shown).length,
      marks: Array.from(document.querySelectorAll('figure svg [data-c]')).filter(shown).length,
    };
  });

const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** The least contrast of texts with what is behind them. */
const contrast = (page) =>
  page.evaluate(() => {
    const parse = (text) => (text.match(/[\d.]+/g) || []).map(Number);
    const light = (rgb) => {
      const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    let least = { ratio: 99 };
    for (const element of document.querySelectorAll('body *')) {
      const own = Array.from(element.childNodes).some((node) => node.nodeType === 3 && node.textContent.trim());
      if (!own || element.closest('script, style, noscript') || !element.checkVisibility({ visibilityProperty: true })) continue;
      const style = getComputedStyle(element);
      const front = parse(element instanceof SVGElement ? style.fill : style.color).slice(0, 3);
      let behind = [255, 255, 255];
      for (let at = element; at; at = at.parentElement) {
        const back = parse(getComputedStyle(at).backgroundColor);
        if (back.length === 3 || back[3] === 1) {
          behind = back.slice(0, 3);
          break;
        }
      }
      const [a, b] = [light(front), light(behind)].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      if (ratio < least.ratio) least = { ratio, text: element.textContent.slice(0, 60), tag: element.tagName, class: String(element.className) };
    }
    return least;
  });

async function picture(page, name, options = {}) {
  if (pictures) await page.screenshot({ path: `${pictures}/${name}.png`, ...options });
}

// --- light, wide ----------------------------------------------------------------------------------------------------
let page = await open({ colorScheme: 'light' });
const result = { light: await colours(page), contrast: { light: await contrast(page) }, overflow: { wide: await overflow(page) } };
await picture(page, 'light');
await picture(page, 'light-full', { fullPage: true });

result.structure = await page.evaluate(() => {
  const ids = Array.from(document.querySelectorAll('[id]'), (element) => element.id);
  const links = Array.from(document.querySelectorAll('a[href^="#"]'), (link) => link.getAttribute('href').slice(1));
  return {
    twice: ids.filter((id, i) => ids.indexOf(id) !== i),
    broken: links.filter((id) => !document.getElementById(id)),
    figures: document.querySelectorAll('figure').length,
    withTwin: Array.from(document.querySelectorAll('figure')).filter((figure) => figure.querySelector('details.twin table tbody tr')).length,
    named: Array.from(document.querySelectorAll('figure svg')).every((svg) => svg.closest('.legend') || (svg.getAttribute('role') === 'img' && svg.getAttribute('aria-label'))),
    injected: typeof globalThis.injected !== 'undefined',
    sections: Array.from(document.querySelectorAll('main > section'), (section) => section.id),
  };
});

// The theme's button, and what it leaves in the address.
await page.click('#theme');
result.dark = await colours(page);
result.hash = await page.evaluate(() => location.hash);
result.again = await colours(await open({ colorScheme: 'light' }, result.hash));

// Filters.
await page.evaluate(() => (document.getElementById('filters').open = true));
result.filter = { before: await visible(page) };
const press = async (group, value) => page.click(`fieldset[data-filter="${group}"] button[data-value="${value}"]`);
if (await page.$('fieldset[data-filter="role"] button[data-value="peer"]')) await press('role', 'peer');
result.filter.withoutPeers = await visible(page);
const runtime = await page.$('fieldset[data-filter="rt"] button[aria-pressed="true"]');
if (runtime) await runtime.click();
result.filter.withoutFirstRuntime = await visible(page);
await page.click('#all');
result.filter.everything = await visible(page);
result.now = await page.textContent('#now');

// Sorting.
const names = () => page.$$eval('#t-summary tbody th', (cells) => cells.map((cell) => cell.firstChild.textContent));
const unsorted = await names();
await page.click('#t-summary thead th:nth-child(2) button');
result.sorted = { differs: JSON.stringify(unsorted) !== JSON.stringify(await names()), said: await page.getAttribute('#t-summary thead th:nth-child(2)', 'aria-sort') };

// Chooser.
if (await page.isVisible('#chooser')) {
  const said = () => page.textContent('#choice .said');
  result.chooser = { first: await said() };
  await page.selectOption('#in-trigger', 'worker');
  result.chooser.worker = await said();
  result.chooser.hash = await page.evaluate(() => location.hash);
  const other = await open({ colorScheme: 'light' }, result.chooser.hash);
  result.chooser.shared = await other.textContent('#choice .said');
  await page.fill('#in-rps', '-3');
  result.chooser.wrong = await page.textContent('#choice');
}
if (await page.isVisible('#cost-explorer')) {
  const costs = () => page.$$eval('#costs tbody tr', (rows) => rows.map((row) => Array.from(row.children, (cell) => cell.textContent)));
  result.costs = { first: await costs() };
  await page.fill('#in-per_million_requests', '60');
  result.costs.dearer = await costs();
}

// Keyboard alone: from the top to the chooser, and there to another answer.
page = await open({ colorScheme: 'light' });
await page.keyboard.press('Tab');
result.keyboard = { first: await page.evaluate(() => document.activeElement.className), steps: null };
for (let step = 1; step < 200; step += 1) {
  await page.keyboard.press('Tab');
  if (await page.evaluate(() => Boolean(document.activeElement.closest('#chooser')))) {
    result.keyboard.steps = step;
    result.keyboard.outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    break;
  }
}

// --- dark, phone, paper ---------------------------------------------------------------------------------------------
page = await open({ colorScheme: 'dark' });
result.system = await colours(page);
result.contrast.dark = await contrast(page);
await picture(page, 'dark');
await picture(page, 'dark-full', { fullPage: true });
for (const width of [360, 390]) {
  page = await open({ colorScheme: 'light', viewport: { width, height: 800 }, isMobile: true, hasTouch: true, deviceScaleFactor: pictures ? 2 : 1 });
  result.overflow[width] = await overflow(page);
}
await picture(page, 'phone');
await picture(page, 'phone-full', { fullPage: true });
page = await open({ colorScheme: 'light', reducedMotion: 'reduce' });
result.motion = await page.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior);
page = await open({ colorScheme: 'dark', javaScriptEnabled: false });
result.withoutScript = await page.$$eval('figure', (figures) => figures.filter((figure) => figure.checkVisibility()).length);
page = await open({ colorScheme: 'dark' });
await page.emulateMedia({ media: 'print' });
result.print = { ...(await colours(page)), overflow: await overflow(page) };
if (pictures) await page.pdf({ path: `${pictures}/print.pdf`, format: 'A4' });

await browser.close();
process.stdout.write(JSON.stringify({ ...result, ...seen }));
