'use strict';

// Bundles a handler by esbuild's interface for programs, because two names need a meaning of their
// own: `portcullis` is the door that is packed, and `./policy.json` is the baked policy.
// Standard input: see pack_bundle.py. Standard output: { "errors": [string, …] }

const { readFileSync } = require('node:fs');
const { dirname, join, resolve } = require('node:path');

const task = JSON.parse(readFileSync(0, 'utf8'));
const { build } = require(task.esbuild);
const { exports: subpaths } = JSON.parse(readFileSync(join(task.root, 'package.json'), 'utf8'));
const worker = task.target === 'workers';
const file = (name) => join(task.root, name);

/** What a policy without an edge layer never asks for (docs/edge.md). */
const edgeFiles = [
  'bindings-node/edge_layer.js',
  'bindings-node/portcullis-edge.node',
  'wasm/edge_instance.js',
].map(file);
const smallAddon = file('bindings-node/portcullis.node');
/** Where an addon is looked for first (bindings-node/native.js): what is packed is what was built here. */
const platformPackage = /^portcullis-linux-x64-gnu\//;

/** The module as bytes: a file beside the bundle, or inside of it. */
const bytes = task.inline
  ? `require(${JSON.stringify(task.inline)})`
  : `require('node:fs').readFileSync(require('node:path').join(__dirname, '${task.module}'))`;

/** What `portcullis` is where the module that is packed is not the one that the door reads, or not read. */
const moduleDoor = `
const { makeDoor } = require(${JSON.stringify(file('bindings-node/edge.js'))});
const { createEngine } = require(${JSON.stringify(file('wasm/loader.js'))});
const compiled = new WebAssembly.Module(${bytes});
module.exports = makeDoor(createEngine(compiled, {${task.hostCrypto ? " loadCrypto: () => require('node:crypto') " : ''}}));
`;

/** What it is in a worker: there are no files, so the module is imported. */
const workerDoor = `
import module from './${task.module}';
${task.hostCrypto ? "import * as crypto from 'node:crypto';" : ''}
import { makeDoor } from ${JSON.stringify(file('bindings-node/edge.js'))};
import { createEngine } from ${JSON.stringify(file('wasm/loader.js'))};
const engine = createEngine(module${task.hostCrypto ? ', { loadCrypto: () => crypto }' : ''});
export const {
  Verifier, PolicyError, createHandler, checkResponse, verifySignature, version, implementation,
} = makeDoor(engine);
`;
const isMade = worker || task.inline || (task.edge && task.module.endsWith('.wasm'));

function resolvePortcullis({ path }) {
  const subpath = path.replace('portcullis', '.');
  if (subpath === '.' || subpath === task.door) {
    return isMade ? { path: 'door', namespace: 'portcullis' } : { path: task.script };
  }
  if (/^\.\/(native|wasm)/.test(subpath)) {
    const text = `'${path}' is another door than the one that is packed; import 'portcullis'`;
    return { errors: [{ text }] };
  }
  const target = subpaths[subpath]?.default;
  if (target === undefined) return { errors: [{ text: `portcullis has no '${subpath}'` }] };
  return { path: file(target) };
}

/** The parts of the edge layer: in, or left out; its addon in place of the small one. */
function resolvePart({ path, resolveDir }) {
  const fromPackage = platformPackage.test(path);
  const wanted = fromPackage ? file(path.replace(platformPackage, 'bindings-node/')) : resolve(resolveDir, path);
  if (edgeFiles.includes(wanted) && !task.edge) return { path: 'absent', namespace: 'portcullis' };
  if (wanted === smallAddon && task.edge) return { path: join(dirname(wanted), task.module) };
  return fromPackage ? { path: wanted } : undefined;
}

const contentsOf = {
  door: worker ? workerDoor : moduleDoor,
  absent: "throw new Error('portcullis: packed for a policy without an edge layer');",
  // By JSON.parse, because a literal gives `__proto__` another meaning.
  policy: `export default JSON.parse(${JSON.stringify(task.policy)});`,
};

const plugin = {
  name: 'portcullis',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^portcullis($|\/)/ }, resolvePortcullis);
    onResolve({ filter: /edge_layer\.js$|edge_instance\.js$|\.node$/ }, resolvePart);
    onResolve({ filter: /policy\.json$/ }, ({ path, resolveDir }) => {
      if (!path.startsWith('.') || resolve(resolveDir, path) !== join(task.folder, 'policy.json')) {
        return undefined;
      }
      // On Lambda it stays a file, which anyone can look at; a worker has no files.
      return worker
        ? { path: 'policy', namespace: 'portcullis' }
        : { path: './policy.json', external: true };
    });
    onResolve({ filter: /\.wasm$/ }, ({ path, namespace }) =>
      namespace === 'portcullis' && worker ? { path, external: true } : undefined,
    );
    onLoad({ filter: /./, namespace: 'portcullis' }, ({ path }) => ({
      contents: contentsOf[path],
      resolveDir: task.root,
    }));
  },
};

const told = ({ text, location }) =>
  location ? `${location.file}:${location.line}: ${text}` : text;

build({
  stdin: {
    contents: task.handler,
    resolveDir: task.folder,
    sourcefile: task.name,
    loader: /\.[cm]?ts$/.test(task.name) ? 'ts' : 'js',
  },
  // What esbuild names files by; without it the names would depend on where ./dev was called.
  absWorkingDir: dirname(task.outfile),
  bundle: true,
  minify: true,
  // Node 20 is the oldest that the doors take.
  target: 'node20',
  ...(worker
    ? { platform: 'neutral', format: 'esm', external: ['node:*'], mainFields: ['module', 'main'] }
    : { platform: 'node', format: 'cjs' }),
  loader: { '.node': 'copy', '.wasm': 'binary' },
  assetNames: '[name]',
  outfile: task.outfile,
  plugins: [plugin],
  logLevel: 'silent',
}).then(
  () => console.log(JSON.stringify({ errors: [] })),
  (error) => console.log(JSON.stringify({ errors: error.errors?.map(told) ?? [String(error)] })),
);
