'use strict';

// Asks the chooser in a page. Arguments: the HTML file; "library" (call choose) or "form" (work the form as a person does).
// Standard input: { questions: [input, …] }. Standard output: { errors: [console text, …], answers: [{ answer, texts }, …] }.

const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { pathToFileURL } = require('node:url');
const { chromium } = require('playwright-core');

const [file, way] = process.argv.slice(2);
const { questions } = JSON.parse(readFileSync(0, 'utf8'));

/** In the page: the answer of the library itself. */
function byLibrary(asked) {
  const data = JSON.parse(document.getElementById('choice-data').textContent);
  return asked.map((input) => globalThis.portcullisChoose.choose(data, input));
}

/** In the page: fill in the form, and read what it shows. */
function byForm(asked) {
  const { inputs, normalise } = globalThis.portcullisChoose;
  return asked.map((given) => {
    const input = normalise(given);
    let last;
    for (const row of inputs) {
      for (const element of document.querySelectorAll(`#chooser [name="${row.name}"]`)) {
        if (row.kind === 'some') element.checked = input[row.name].includes(element.value);
        else element.value = input[row.name] === null ? '' : String(input[row.name]);
        last = element;
      }
    }
    for (const name of ['input', 'change']) last.dispatchEvent(new Event(name, { bubbles: true }));
    const choice = document.getElementById('choice');
    const texts = [...choice.querySelectorAll('li')].map((item) => item.textContent);
    const said = choice.querySelector('.said');
    return { answer: said === null ? choice.textContent : said.textContent, texts };
  });
}

async function main() {
  const executablePath = execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const page = await browser.newPage();
    const errors = [];
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(pathToFileURL(file).href);
    const answers = await page.evaluate(way === 'form' ? byForm : byLibrary, questions);
    process.stdout.write(JSON.stringify({ errors, answers }));
  } finally {
    await browser.close();
  }
}

main();
