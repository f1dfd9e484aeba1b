// Loading by classic scripts, the one way that works from a folder as well: each hands over gzipped bytes as base64.
window.ganbench = (() => {
  const waiting = new Map();
  const known = new Map();
  const root = document.currentScript.src.replace(/static\/deliver\.js.*$/, "");

  const request = (name) => {
    const script = document.createElement("script");
    script.src = root + name;
    script.onerror = () => refuse(name, `${name} is not there: ganbench serve exports it, or ganbench site`);
    document.head.append(script);
  };
  const load = (name) => {
    if (!known.has(name)) {
      known.set(name, new Promise((resolve, reject) => waiting.set(name, { resolve, reject })));
      request(name);
    }
    return known.get(name);
  };

  const decode = (text) => Uint8Array.fromBase64?.(text) ?? Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const unpack = async (bytes) => {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };
  const deliver = (name, text) => waiting.get(name).resolve(unpack(decode(text)));
  // a server that is still exporting a generator says so, and is asked again
  const postpone = (name, reason) => {
    document.dispatchEvent(new CustomEvent("postponed", { detail: reason }));
    setTimeout(request, 2000, name);
  };
  // what could not be had may be asked for again
  const refuse = (name, reason) => {
    known.delete(name);
    sessions.delete(name);
    waiting.get(name).reject(new Error(reason));
  };

  let runtime;
  // ONNX Runtime's WebAssembly build on one thread, which needs no special headers
  const engine = () => runtime ??= (async () => {
    const [code, wasm] = await Promise.all([load("static/vendor/engine.js"), load("static/vendor/wasm.js")]);
    const ort = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    ort.env.wasm.wasmBinary = wasm.buffer;
    ort.env.wasm.numThreads = 1;
    return ort;
  })();

  const sessions = new Map();
  const session = (name) => {
    if (!sessions.has(name)) {
      sessions.set(name, (async () => {
        const [ort, model] = await Promise.all([engine(), load(name)]);
        return ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
      })());
    }
    return sessions.get(name);
  };

  return { deliver, postpone, refuse, load, engine, session };
})();
