'use strict';

// Bundles one file by one bundler for one target, as their manuals say.
// Standard input: { bundler, target, entry, out }: `target` is node, node-module, workers or browser.

const { copyFileSync, readFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');

const { bundler, target, entry, out } = JSON.parse(readFileSync(0, 'utf8'));
const forNode = target.startsWith('node');
const isModule = target !== 'node';
const outDir = dirname(out);

/** What a Worker imports stays an import: of a file beside the bundle. */
const keepWasm = (importer, request) => {
  copyFileSync(join(dirname(importer), request), join(outDir, basename(request)));
  return `./${basename(request)}`;
};

const bundlers = {
  async esbuild() {
    const conditions = { workers: ['workerd'], browser: ['browser'] }[target];
    await require('esbuild').build({
      entryPoints: [entry],
      bundle: true,
      minify: true,
      platform: forNode ? 'node' : target === 'workers' ? 'neutral' : 'browser',
      format: isModule ? 'esm' : 'cjs',
      conditions,
      external: target === 'workers' ? ['node:*'] : [],
      loader: { '.node': 'copy', '.wasm': 'copy' },
      assetNames: '[name]',
      outfile: out,
      logLevel: 'silent',
    }).then(({ warnings }) => {
      if (warnings.length > 0) throw new Error(JSON.stringify(warnings));
    });
  },

  async rollup() {
    const { rollup } = require('rollup');
    const { nodeResolve } = require('@rollup/plugin-node-resolve');
    const commonjs = require('@rollup/plugin-commonjs');
    const bundle = await rollup({
      input: entry,
      external: /^node:/,
      plugins: [
        target === 'workers' && {
          name: 'wasm',
          resolveId: (request, importer) =>
            request.endsWith('.wasm') ? { id: keepWasm(importer, request), external: true } : null,
        },
        nodeResolve({
          browser: target === 'browser',
          exportConditions: forNode ? ['node'] : target === 'workers' ? ['workerd'] : [],
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
        target: forNode ? 'node20' : target === 'workers' ? 'webworker' : 'web',
        output: {
          path: outDir,
          filename: basename(out),
          library: { type: isModule ? 'module' : 'commonjs2' },
          module: isModule,
          publicPath: target === 'browser' ? 'auto' : '',
        },
        experiments: { outputModule: isModule },
        // In a Worker there are Workers' modules, not a browser's.
        ...(target === 'workers' && { resolve: { conditionNames: ['workerd', '...'] } }),
        externals: [
          target === 'workers' ? ({ context, request }, done) => {
            if (request.startsWith('node:')) return done(null, request, 'module');
            if (!request.endsWith('.wasm')) return done();
            return done(null, keepWasm(join(context, 'x'), request), 'module');
          } : {},
        ],
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
