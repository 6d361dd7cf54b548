'use strict';

// Preloaded (--require): who asks for an addon gets the one of the same name in PORTCULLIS_ADDONS. What was
// loaded is appended to the file PORTCULLIS_LOADED.

const { appendFileSync, existsSync } = require('node:fs');
const { basename, join } = require('node:path');

const load = process.dlopen;
process.dlopen = (module, file, ...rest) => {
  const instrumented = join(process.env.PORTCULLIS_ADDONS, basename(file));
  const chosen = existsSync(instrumented) ? instrumented : file;
  appendFileSync(process.env.PORTCULLIS_LOADED, `${chosen}\n`);
  return load.call(process, module, chosen, ...rest);
};
