// What the shop looks like, on a phone and on a desk: nothing covers what people want to press,
// nothing is cut, texts can be read and links hit. And what the basket and the previews do.

import { holds, same } from './shop.mjs';

const WIDTHS = [420, 1280];
/** WCAG 2.2: contrast of text, and the smallest target. */
const CONTRAST = 4.5;
const TARGET = 24;

export async function lookChecks({ shop, context, errors, picture }) {
  const page = await context.newPage();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    await context.clearCookies();
    await pages(shop, page, width, picture);
    await basket(shop, page, width, picture);
    await previews(shop, page, width, picture);
  }
  const unexpected = errors.filter((error) => !error.includes('404'));
  same(unexpected, [], 'no script failed on any page');
}

async function pages(shop, page, width, picture) {
  await page.goto(`${shop.url}/products/3`);
  holds(await page.locator('#consent').isVisible(), `${width}: the consent box is there`);
  same(await covered(page, 'Add to basket'), null, `${width}: and hides no button`);
  same(await covered(page, 'Yes, you may'), null, `${width}: its own ones can be pressed`);
  await sound(page, `${width}: product`);
  await picture(page, `look-${width}-product`);
  await page.getByRole('button', { name: 'No, thank you' }).click();

  await page.goto(shop.url);
  await sound(page, `${width}: front page`);
  const cards = await page.locator('.card').evaluateAll((all) =>
    all.map((card) => ({ href: card.pathname, price: card.querySelector('.price').textContent })));
  same(new Set(cards.map(({ href }) => href)).size, 12, `${width}: every product is there`);
  same(cards.length, 12, `${width}: and once`);
  same(cards.filter(({ price }) => !/€ \d/.test(price)), [], `${width}: with its price`);
  await picture(page, `look-${width}-front`);

  for (const path of ['/products/77', '/nowhere']) {
    const response = await page.goto(shop.url + path);
    same(response.status(), 404, `${width}: ${path} is not there`);
    holds(await page.getByRole('link', { name: 'Back to the shop' }).isVisible(), 'the page says so and leads back');
  }
  await sound(page, `${width}: 404`);
  await picture(page, `look-${width}-missing`);
}

async function basket(shop, page, width, picture) {
  await page.goto(`${shop.url}/checkout`);
  await sound(page, `${width}: empty basket`);
  for (const id of [3, 9]) {
    await page.goto(`${shop.url}/products/${id}`);
    await page.getByRole('button', { name: 'Add to basket' }).click();
  }
  const lines = () => page.locator('tr[data-product]').evaluateAll((rows) =>
    rows.map((row) => [row.dataset.product, row.querySelector('output').textContent, row.cells[1].textContent]));
  await page.getByRole('button', { name: 'One Porcelain cup, pair more' }).click();
  same(await lines(), [['3', '2', '€ 57.00'], ['9', '1', '€ 8.90']], `${width}: the basket counts`);
  same(await page.locator('#basket-count').textContent(), '3', 'also in the header');
  await sound(page, `${width}: basket`);
  await picture(page, `look-${width}-basket`);
  await page.getByRole('button', { name: 'One Porcelain cup, pair less' }).click();
  await page.getByRole('button', { name: 'Remove Tea scoop, maple' }).click();
  same(await lines(), [['3', '1', '€ 28.50']], 'less and remove do what they say');
  await page.getByRole('button', { name: 'Remove Porcelain cup, pair' }).click();
  holds(await page.getByText('Your basket is empty').isVisible(), 'until nothing is left');
}

async function previews(shop, page, width, picture) {
  await page.goto(shop.url);
  const flag = (key) => page.locator(`details[data-flag="${key}"]`);
  const picked = (key) => flag(key).locator('select').evaluate((select) => select.selectedOptions[0].textContent);
  same(await picked('recommended_products'), 'no preview: as the rules say', `${width}: nothing is previewed`);
  for (const [key, variation] of [['recommended_products', 'by_history'], ['price_display', 'saving']]) {
    await flag(key).evaluate((details) => { details.open = true; });
    const label = await flag(key).locator('option', { hasText: variation }).first().textContent();
    await flag(key).locator('select').selectOption({ label });
    await flag(key).getByRole('button', { name: 'Preview' }).click();
    await page.waitForLoadState('load');
    same(await picked(key), label, `the list says what is previewed of ${key}`);
    same(await flag(key).getAttribute('data-variation'), variation, 'which is what the visitor gets');
  }
  same(await flag('recommended_products').getAttribute('data-variation'), 'by_history', 'one preview leaves the other');
  await sound(page, `${width}: previews`);
  await picture(page, `look-${width}-by_history`);
  await page.getByRole('button', { name: 'End all previews' }).click();
  same(await picked('price_display'), 'no preview: as the rules say', 'and all of them end');
}

/** What lies over the middle of a button after it was scrolled to; null when nothing does. */
async function covered(page, name) {
  const button = page.getByRole('button', { name });
  await button.scrollIntoViewIfNeeded();
  return button.evaluate((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    const found = document.elementFromPoint(x + width / 2, y + height / 2);
    return element.contains(found) ? null : found?.outerHTML.slice(0, 80);
  });
}

/** Nothing is cut or scrolls sideways, texts can be read, and what can be pressed can be hit. */
async function sound(page, what) {
  const found = await page.evaluate(({ CONTRAST, TARGET }) => {
    const wrong = [];
    const name = (element) => `${element.tagName}.${element.className} "${element.textContent.trim().slice(0, 24)}"`;
    const seen = (element) => element.checkVisibility() && element.getClientRects().length > 0;
    if (document.documentElement.scrollWidth > innerWidth) wrong.push(`the page is ${document.documentElement.scrollWidth} wide`);
    for (const element of document.querySelectorAll('body *')) {
      const style = getComputedStyle(element);
      if (!seen(element)) continue;
      if (/auto|scroll/.test(style.overflowY + style.overflowX)) {
        const scrolls = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
        if (scrolls) wrong.push(`${name(element)} has a scroll bar of its own`);
      }
      if (style.position === 'fixed') wrong.push(`${name(element)} lies over the page`);
    }
    for (const element of document.querySelectorAll('a, button, select, summary, input:not([type=hidden])')) {
      if (!seen(element)) continue;
      const { width, height } = element.getBoundingClientRect();
      if (width < TARGET || height < TARGET) wrong.push(`${name(element)} is ${Math.round(width)} by ${Math.round(height)}`);
    }
    const numbers = (color) => color.match(/[\d.]+/g).map(Number);
    const light = (color) => {
      const [r, g, b] = numbers(color).map((part) => part / 255).map((part) =>
        part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const backgrounds = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const { backgroundColor, backgroundImage } = getComputedStyle(at);
        const opaque = (numbers(backgroundColor)[3] ?? 1) > 0.99;
        const drawn = backgroundImage.match(/rgb\([^)]*\)/g) ?? [];
        if (opaque || drawn.length > 0) return opaque ? [backgroundColor, ...drawn] : drawn;
      }
      return ['rgb(255, 255, 255)'];
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      if (!walker.currentNode.textContent.trim() || !seen(element) || element.closest('script, style')) continue;
      const own = light(getComputedStyle(element).color);
      for (const background of backgrounds(element)) {
        const other = light(background);
        const contrast = (Math.max(own, other) + 0.05) / (Math.min(own, other) + 0.05);
        if (contrast < CONTRAST) wrong.push(`${name(element)} has a contrast of ${contrast.toFixed(1)} on ${background}`);
      }
    }
    return [...new Set(wrong)];
  }, { CONTRAST, TARGET });
  same(found, [], `${what}: nothing is cut or covered, texts can be read, links can be hit`);
}
