// A site that needs no consent: first and second visit, the engine's code, a preview, a purchase.

import { CODE, eventually, expectedQueue, holds, promised, recommended, same, visitorCookie } from './shop.mjs';

const DATA_FILE = 'fixtures/shop.json';
const LIFETIME = 32_832_000;

export async function visitChecks({ shop, context, errors, picture }) {
  const page = await context.newPage();
  const before = Date.now() / 1000;
  const response = await page.goto(shop.url);
  const headers = (await response.headersArray()).filter(({ name }) => name.toLowerCase() === 'set-cookie');
  same(headers.length, 1, 'the first visit sets one cookie');
  const cookie = await visitorCookie(context);
  holds(/^[0-9a-f]{16}$/.test(cookie.value), 'it holds a fresh visitor code');
  const { name, domain, path, httpOnly, secure, sameSite } = cookie;
  same(
    { name, domain, path, httpOnly, secure, sameSite },
    { name: CODE, domain: '127.0.0.1', path: '/', httpOnly: false, secure: true, sameSite: 'Lax' },
    'with the right attributes',
  );
  holds(Math.abs(cookie.expires - before - LIFETIME) < 60, 'for 380 days');
  same(await page.evaluate(() => document.cookie.includes('kameleoonVisitorCode=')), true, 'the engine in the page can read it');

  const code = cookie.value;
  const shown = await recommended(page);
  same(shown, promised(DATA_FILE, shown.variation), `the page shows what "${shown.variation}" promises`);

  const queue = await page.evaluate(() => window.kameleoonQueue);
  // The exposures of one page may go in two requests.
  const expected = await eventually(async () => {
    const expected = expectedQueue(DATA_FILE, await shop.tracked(code));
    return expected.length >= queue.length && expected;
  }, 'the exposures');
  holds(expected.length >= 2, 'the visitor is in an experiment at least');
  same(queue, expected, 'the engine finds the commands of exactly these experiments');
  await eventually(() => page.locator('#tracked tr').count(), 'the panel to show what was tracked');
  await picture(page, 'first-visit');

  const second = await page.goto(shop.url);
  same(await second.headerValue('set-cookie'), null, 'the second visit sets no cookie');
  same((await visitorCookie(context)).value, code, 'it has the same code');
  same(await recommended(page), shown, 'and the same variation');

  await preview(shop, context, page, picture, shown);
  await purchase(shop, page, picture, code);
  same((await visitorCookie(context)).value, code, 'the code is the same to the end');
  same(errors, [], 'no script failed on any page');
}

async function preview(shop, context, page, picture, shown) {
  const ids = { off: 102101, by_category: 102102, by_history: 102103 };
  for (const [key, varId] of Object.entries(ids)) {
    await page.evaluate((simulated) => {
      document.cookie = 'kameleoonSimulationFFData=' + encodeURIComponent(JSON.stringify(simulated)) + ';path=/';
    }, { recommended_products: { expId: 10210, varId } });
    await page.goto(shop.url);
    same(await recommended(page), promised(DATA_FILE, key), `the simulation cookie switches the page to "${key}"`);
    await picture(page, `preview-${key}`);
  }
  await page.locator('#panel').getByRole('button', { name: 'End all previews' }).click();
  await page.waitForURL(`${shop.url}/`);
  same(await recommended(page), shown, 'the end of the preview brings the own variation back');
  await context.clearCookies({ name: 'kameleoonSimulationFFData' });
}

async function purchase(shop, page, picture, code) {
  for (const id of [1, 4, 3]) await page.goto(`${shop.url}/products/${id}`);
  await picture(page, 'product');
  await page.getByRole('button', { name: 'Add to basket' }).click();
  const form = page.locator('#checkout');
  const steps = { on: 1, off: 4 }[await form.getAttribute('data-variation')];
  await picture(page, 'checkout');
  for (let step = 1; step < steps; step += 1) await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Buy' }).click();
  await page.waitForURL(/\/thanks/);
  const conversion = await eventually(
    async () => (await shop.tracked(code)).find((line) => line.eventType === 'conversion'),
    'the conversion',
  );
  same(
    [conversion.goalId, conversion.revenue, conversion.negative],
    ['901', '28.5', 'false'],
    'the purchase arrives at the platform as a conversion of the visitor',
  );
  const agents = (await shop.tracked(code)).filter((line) => line.userAgent?.includes('Headless'));
  holds(agents.length > 0, 'the platform can tell this browser for a robot');
  await page.locator('#tracked', { hasText: 'conversion' }).waitFor();
  await picture(page, 'thanks');
}
