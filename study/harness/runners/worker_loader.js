// Makes a fresh isolate for each new name in the path, with the contender and its wrapper inside; see harness/worker.py.
// The modules' content comes as data bindings, so that nothing is compiled before the isolate is made.

export default {
  fetch(request, env) {
    const name = new URL(request.url).pathname;
    const worker = env.LOADER.get(name, () => {
      const modules = {};
      for (const { file, kind } of env.MODULES) {
        modules[file] = kind === 'wasm' ? { wasm: env[file] } : { js: new TextDecoder().decode(env[file]) };
      }
      return { compatibilityDate: env.DATE, mainModule: 'study.js', modules };
    });
    return worker.getEntrypoint().fetch(request);
  },
};
