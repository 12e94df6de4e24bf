// The page of `kameleoon diff` in a real browser: it stands alone, and says what the command says.
//
//   node tests/browser/report.mjs target/debug/kameleoon

import { chromium } from 'playwright-core';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { holds, report, same } from './shop.mjs';

const SHOP = 'fixtures/shop.json';
const SCREENSHOTS = new URL('screenshots/', import.meta.url).pathname;
const MARKUP = '<script>document.title = "run"</script>';

const [program] = process.argv.slice(2);
if (!program) {
  console.error('usage: node tests/browser/report.mjs PROGRAM');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'report-'));
const [changed, page] = [join(folder, 'new.json'), join(folder, 'diff.html')];
const file = JSON.parse(readFileSync(SHOP, 'utf8'));
const flag = (key) => file.featureFlags.find((one) => one.featureKey === key);
flag('recommended_products').rules[0].respoolTime = 1;
flag('welcome_banner').rules[0].exposition = 0.5;
flag('gift_wrapping').environmentEnabled = true;
for (const list of [flag('price_display').variations, flag('price_display').rules[0].variationByExposition]) {
  list[1][list[1].key ? 'key' : 'variationKey'] = MARKUP;
}
file.featureFlags = file.featureFlags.filter((one) => one.featureKey !== 'order_survey');
writeFileSync(changed, JSON.stringify(file));
const options = ['diff', SHOP, changed, '--sample', '4000', '--page', 'https://shop.example/products/1'];
// The third view and later is what the prices' segment asks for.
options.push('--page', 'https://shop.example/products/2', '--page', 'https://shop.example/products/3');
const said = JSON.parse(execFileSync(program, [...options, '--json', '--html', page], { encoding: 'utf8' }));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
try {
  for (const [width, height] of [[1280, 900], [420, 900]]) {
    const context = await browser.newContext({ viewport: { width, height }, offline: true });
    const [tab, requests, errors] = [await context.newPage(), [], []];
    tab.on('request', (request) => requests.push(request.url()));
    tab.on('pageerror', (error) => errors.push(String(error)));
    tab.on('console', (message) => errors.push(message.text()));
    await tab.goto(pathToFileURL(page).href);
    await tab.screenshot({ path: `${SCREENSHOTS}report-${width}.png`, fullPage: true });

    same(requests, [pathToFileURL(page).href], `at ${width}: nothing but the page is asked for`);
    same(errors, [], 'and nothing fails');
    holds((await tab.title()) !== 'run', 'text of the data file is no code');
    const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    same(overflow, 0, 'the page is no wider than the window');
    const grouped = said.moved.toLocaleString('en');
    holds((await tab.locator('h1').textContent()).startsWith(`${grouped} of 4,000 visitors`), 'the sum is said');

    const flags = said.flags.filter((one) => one.moved + one.reassigned + one.changes.length > 0);
    same(await tab.locator('section.flag').count(), flags.length, 'each flag that changes has a section');
    for (const [place, one] of flags.entries()) {
      const section = tab.locator(`#flag-${place}`);
      const moves = one.flows.filter((flow) => flow.from !== flow.to);
      holds((await section.locator('h2').textContent()).includes(one.feature_key), `${one.feature_key}`);
      same(await section.locator('path.moves').count(), moves.length, 'each move is drawn');
      same(await section.locator('path.stays').count(), one.flows.length - moves.length, 'and who stays');
      const row = section.locator('tbody tr.moves').first();
      same(await row.locator('td').nth(2).textContent(), moves[0].visitors.toLocaleString('en'), 'counts are right');
      const band = await section.locator('path.moves').first().boundingBox();
      holds(band.height > 1 && band.width > 100, 'the band is to be seen');
      const cut = await section.locator('svg').evaluate((svg) => {
        const box = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text, rect, path')].filter((item) => {
          const own = item.getBoundingClientRect();
          const fits = own.top >= box.top - 1 && own.bottom <= box.bottom + 1;
          return !(fits && own.left >= box.left - 1 && own.right <= box.right + 1);
        }).map((item) => item.outerHTML);
      });
      same(cut, [], 'nothing is cut off');
    }
    holds((await tab.locator('nav a').count()) === flags.length, 'the flags can be jumped to');
    await context.close();
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
report();
