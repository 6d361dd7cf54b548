'use strict';

// node browse.js FOLDER BUNDLE…: imports each bundle into a page of the folder, asks it, and prints what all
// have answered, as JSON. Standard input: what to ask, see npm_bundle_test.py.

const { readFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { join } = require('node:path');
const { chromium } = require('playwright-core');

const [folder, ...bundles] = process.argv.slice(2);
const question = readFileSync(0, 'utf8');
const types = { html: 'text/html', js: 'text/javascript', wasm: 'application/wasm' };

const server = createServer((request, response) => {
  const path = new URL(request.url, 'http://localhost').pathname;
  try {
    const body = path === '/' ? '<!doctype html><title>bundles</title>' : readFileSync(join(folder, path));
    response.writeHead(200, { 'content-type': types[path.split('.').pop()] ?? types.html }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});

/** In the page. */
async function askIn([path, body]) {
  const { default: bundle } = await import(path);
  const response = await bundle.fetch(new Request(location.href, { method: 'POST', body }));
  return response.json();
}

server.listen(0, '127.0.0.1', async () => {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
  const answers = {};
  try {
    for (const bundle of bundles) {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      answers[bundle] = await page.evaluate(askIn, [`/${bundle}`, question]);
      await page.close();
    }
    console.log(JSON.stringify(answers));
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  } finally {
    await browser.close();
    server.close();
  }
});
