'use strict';

// node ask.js MODULE…: what each module is and what it decides, as JSON, by require and by import. A file is
// asked in the one way that it is written for. To be copied to where they are looked for.
// Standard input: { name: { policy, event }, … }.

const { readFileSync } = require('node:fs');

const cases = JSON.parse(readFileSync(0, 'utf8'));

async function decide(door, { policy, event }) {
  try {
    // Bytes: text is looked at with a function that Node 18 has not.
    const answer = await door.createHandler(Buffer.from(JSON.stringify(policy)))(event);
    return answer === event.Records[0].cf.request ? 'same' : answer.status;
  } catch (error) {
    return `${error.name} ${error.path ?? error.message}`;
  }
}

async function ask(load) {
  let door;
  try {
    door = await load();
  } catch (error) {
    return { error: error.message };
  }
  const answers = {};
  for (const [name, asked] of Object.entries(cases)) answers[name] = await decide(door, asked);
  const names = Object.keys(door).filter((name) => !['default', 'module.exports'].includes(name)).sort();
  return { implementation: door.implementation, fallbackReason: door.fallbackReason, names, answers };
}

(async () => {
  const told = {};
  for (const name of process.argv.slice(2)) {
    told[name] = {};
    if (!name.endsWith('.mjs')) told[name].require = await ask(() => require(name));
    if (!name.endsWith('.js')) told[name].import = await ask(() => import(name));
  }
  console.log(JSON.stringify(told));
})();
