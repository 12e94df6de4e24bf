// A shop as a process, and the bookkeeping of checks.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isDeepStrictEqual, inspect } from 'node:util';

export const PATIENCE = 10_000;
export const CODE = 'kameleoonVisitorCode';

let passed = 0;

/** Says what holds; ends the run with an error at the first thing that does not. */
export function same(found, expected, what) {
  if (!isDeepStrictEqual(found, expected)) {
    const show = (value) => inspect(value, { depth: 6 });
    throw new Error(`${what}\n  expected ${show(expected)}\n  found    ${show(found)}`);
  }
  passed += 1;
  console.log(`ok: ${what}`);
}

export function holds(condition, what) {
  same(Boolean(condition), true, what);
}

export function report() {
  console.log(`${passed} checks passed`);
}

export function freshProfile() {
  return mkdtempSync(join(tmpdir(), 'shop-browser-'));
}

/** Starts a shop on a free port, and waits for its address. */
export async function openShop(program, options) {
  const process = spawn(program, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => process.once('exit', resolve));
  const address = new Promise((resolve, reject) => {
    process.once('error', reject);
    createInterface(process.stdout).on('line', (line) => {
      const found = line.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found) resolve(found[0]);
    });
    ended.then((status) => reject(new Error(`${program} ended with ${status}`)));
    setTimeout(() => reject(new Error(`${program} printed no address`)), PATIENCE).unref();
  });
  ended.catch(() => {});
  const url = await address;
  return {
    url,
    /** The tracking lines that the platform has accepted, of one visitor. */
    async tracked(visitorCode) {
      const { lines } = await (await fetch(`${url}/tracked.json`)).json();
      return lines.filter((line) => line.visitorCode === visitorCode);
    },
    async close() {
      process.kill();
      await ended;
    },
  };
}

/** Waits until `look` gives something, and gives it. */
export async function eventually(look, what) {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`in vain waited for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The cookie of the visitor code, as the browser keeps it. */
export async function visitorCookie(context) {
  return (await context.cookies()).find((cookie) => cookie.name === CODE);
}

/** The variation of the recommendations on the page, and what is to be seen of it. */
export async function recommended(page) {
  const section = page.locator('#recommended');
  return {
    variation: await section.getAttribute('data-variation'),
    title: await section.locator('h2').textContent(),
    count: await section.locator('.card').count(),
    display: await section.locator('.recommended').evaluate((list) => getComputedStyle(list).display),
  };
}

/** What the data file says of the variations of the recommendations. */
export function promised(dataFile, variationKey) {
  const { featureFlags } = JSON.parse(readFileSync(dataFile, 'utf8'));
  const flag = featureFlags.find((one) => one.featureKey === 'recommended_products');
  const { variables } = flag.variations.find((one) => one.key === variationKey);
  const value = (key) => variables.find((one) => one.key === key).value;
  return {
    variation: variationKey,
    title: value('title'),
    count: value('count'),
    display: value('css').match(/display: (\w+)/)[1],
  };
}

/** Holdout, welcome banner, recommendations: the order in which the front page asks. */
const ASKED = [9000, 10910, 10210];

/** The commands that the engine's queue is to hold after the front page had these lines tracked. */
export function expectedQueue(dataFile, lines) {
  const { featureFlags } = JSON.parse(readFileSync(dataFile, 'utf8'));
  const assigned = lines
    .filter((line) => line.eventType === 'experiment')
    .map((line) => [Number(line.id), Number(line.variationId)]);
  return assigned
    .sort(([one], [other]) => ASKED.indexOf(one) - ASKED.indexOf(other))
    .flatMap(([experiment, variation]) => {
      const flag = featureFlags.find((one) => one.rules.some((rule) => rule.experimentId === experiment));
      const inPage = flag?.variations[0].variables.some(({ type }) => type === 'JS' || type === 'CSS');
      return [
        ['Experiments.assignVariation', experiment, variation, true],
        ['Experiments.trigger', experiment, !inPage],
      ];
    });
}
