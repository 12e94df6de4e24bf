// A site whose cookie waits for consent: before, given, withdrawn, given again.

import { eventually, expectedQueue, holds, recommended, same, visitorCookie } from './shop.mjs';

const DATA_FILE = 'fixtures/shop-consent.json';

export async function consentChecks({ shop, context, errors, picture }) {
  const page = await context.newPage();
  const anonymous = [];
  for (let visit = 0; visit < 2; visit += 1) {
    const response = await page.goto(shop.url);
    same(await response.headerValue('set-cookie'), null, 'without consent no cookie is set');
    anonymous.push(await page.locator('#visitor-code').textContent());
  }
  holds(anonymous[0] !== anonymous[1], 'nothing connects two visits');
  await picture(page, 'consent-asked');

  await choose(page, 'Yes, you may');
  const cookie = await visitorCookie(context);
  holds(cookie && cookie.secure && cookie.sameSite === 'Lax', 'consent sets the cookie');
  same(await page.locator('#visitor-code').textContent(), cookie.value, 'the page is the visitor\'s own');
  same(await page.locator('#consent').count(), 0, 'nobody is asked again');
  const shown = await recommended(page);
  const lines = await eventually(async () => {
    const lines = await shop.tracked(cookie.value);
    return lines.some((line) => line.eventType === 'experiment') && lines;
  }, 'the exposure');
  same(
    await page.evaluate(() => window.kameleoonQueue),
    expectedQueue(DATA_FILE, lines),
    'the engine learns of the experiment',
  );
  await page.reload();
  same(await recommended(page), shown, 'the second visit has the same variation');
  await picture(page, 'consent-given');
  for (const code of anonymous) {
    same(await shop.tracked(code), [], 'of the time before, nothing was sent');
  }

  await choose(page, 'Withdraw consent');
  same(await visitorCookie(context), undefined, 'withdrawal removes the cookie');
  const refused = await page.locator('#visitor-code').textContent();
  holds(refused !== cookie.value, 'the visitor is nobody again');
  same((await recommended(page)).variation, 'off', 'and in no experiment');
  same(await page.evaluate(() => window.kameleoonQueue), [], 'so the engine is told of none');
  await picture(page, 'consent-withdrawn');
  const response = await page.reload();
  same(await response.headerValue('set-cookie'), null, 'and it stays like that');

  await choose(page, 'Allow it');
  holds(await visitorCookie(context), 'consent can be given again');
  same(errors, [], 'no script failed on any page');
}

async function choose(page, button) {
  await Promise.all([
    page.waitForResponse((response) => response.request().method() === 'POST'),
    page.getByRole('button', { name: button }).click(),
  ]);
  await page.waitForLoadState('load');
}
