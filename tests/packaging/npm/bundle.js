'use strict';

// Bundles one file by one bundler for one target, as their manuals say.
// Standard input: { bundler, target, entry, out }: `target` is node, node-module, workerd, edge-light or browser.

const { copyFileSync, readFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');

const { bundler, target, entry, out } = JSON.parse(readFileSync(0, 'utf8'));
const forNode = target.startsWith('node');
const isModule = target !== 'node';
const isWorker = target === 'workerd' || target === 'edge-light';
const outDir = dirname(out);

/** What a Worker imports stays an import: of a file beside the bundle. */
const isWasm = (request) => /\.wasm(\?module)?$/.test(request);
const keepWasm = (folder, request) => {
  const name = basename(request).replace('?module', '');
  copyFileSync(join(folder, dirname(request), name), join(outDir, name));
  return `./${name}`;
};

const bundlers = {
  async esbuild() {
    await require('esbuild').build({
      entryPoints: [entry],
      bundle: true,
      minify: true,
      platform: forNode ? 'node' : isWorker ? 'neutral' : 'browser',
      format: isModule ? 'esm' : 'cjs',
      ...(isWorker && { conditions: [target], external: ['node:*'] }),
      loader: { '.node': 'copy', '.wasm': 'copy' },
      assetNames: '[name]',
      outfile: out,
      logLevel: 'silent',
    }).then(({ warnings }) => {
      if (warnings.length > 0) throw new Error(JSON.stringify(warnings));
    });
  },

  async rollup() {
    const { rollup } = require('@rollup/wasm-node');
    const { nodeResolve } = require('@rollup/plugin-node-resolve');
    const commonjs = require('@rollup/plugin-commonjs');
    const bundle = await rollup({
      input: entry,
      external: /^node:/,
      plugins: [
        isWorker && {
          name: 'wasm',
          resolveId: (request, importer) =>
            isWasm(request) ? { id: keepWasm(dirname(importer), request), external: true } : null,
        },
        nodeResolve({
          browser: target === 'browser',
          exportConditions: forNode ? ['node'] : isWorker ? [target] : [],
          preferBuiltins: forNode,
        }),
        // Stays a require() at run time: of the platform package, or of a file beside the bundle.
        commonjs({ ignore: (request) => request.endsWith('.node') }),
      ],
      onwarn: (warning) => { throw new Error(warning.message); },
    });
    await bundle.write({ file: out, format: isModule ? 'es' : 'cjs', inlineDynamicImports: true });
  },

  async webpack() {
    const webpack = require('webpack');
    const stats = await new Promise((resolve, reject) => {
      webpack({
        mode: 'production',
        entry,
        context: dirname(entry),
        target: forNode ? 'node20' : isWorker ? 'webworker' : 'web',
        output: {
          path: outDir,
          filename: basename(out),
          library: { type: isModule ? 'module' : 'commonjs2' },
          module: isModule,
          publicPath: target === 'browser' ? 'auto' : '',
        },
        experiments: { outputModule: isModule },
        ...(isWorker && {
          resolve: { conditionNames: [target, '...'] },
          externals: ({ context, request }, done) => {
            if (request.startsWith('node:')) return done(null, request, 'module');
            return isWasm(request) ? done(null, keepWasm(context, request), 'module') : done();
          },
        }),
        module: {
          rules: [{ test: /\.node$/, loader: require.resolve('node-loader'), options: { name: '[name].[ext]' } }],
        },
        performance: false,
      }, (error, done) => (error ? reject(error) : resolve(done)));
    });
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
    // It tells of the place that an addon is looked for in next; nothing of it is missing.
    const others = warnings.filter(({ message }) => !/Can't resolve '\.\/portcullis(-edge)?\.node'/.test(message));
    if (errors.length + others.length > 0) throw new Error(JSON.stringify([...errors, ...others], null, 1));
  },
};

bundlers[bundler]().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
