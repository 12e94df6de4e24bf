// The demo shops in a real browser: what visitors' browsers do with the cookies, with consent, with
// previews and with the code for the engine. `.ci/browser` installs what it needs.
//
//   node tests/browser/main.mjs target/debug/shop target/debug/shop_axum
//
// Screenshots of each shop are left in tests/browser/screenshots.

import { chromium } from 'playwright-core';
import { rmSync } from 'node:fs';
import { basename } from 'node:path';
import { freshProfile, openShop, report } from './shop.mjs';
import { consentChecks } from './consent.mjs';
import { lookChecks } from './look.mjs';
import { visitChecks } from './visit.mjs';

const SCREENSHOTS = new URL('screenshots/', import.meta.url).pathname;
const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

async function run(check, program, options) {
  const shop = await openShop(program, options);
  const profile = freshProfile();
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: FLAGS,
    viewport: { width: 1440, height: 1000 },
  });
  const errors = [];
  context.on('weberror', (error) => errors.push(String(error.error())));
  context.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  try {
    const picture = async (page, name) => {
      const path = `${SCREENSHOTS}${basename(program)}-${name}.png`;
      await page.screenshot({ path, fullPage: true });
    };
    await check({ shop, context, errors, picture });
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
    await shop.close();
  }
}

const programs = process.argv.slice(2);
if (programs.length === 0) {
  console.error('usage: node tests/browser/main.mjs PROGRAM...');
  process.exit(2);
}
for (const program of programs) {
  console.log(`# ${program}`);
  await run(visitChecks, program, ['--consent', 'off', '--secure-cookies']);
  await run(consentChecks, program, ['--data-file', 'fixtures/shop-consent.json', '--secure-cookies']);
  await run(lookChecks, program, ['--secure-cookies']);
}
report();
