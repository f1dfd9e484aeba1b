// The playground: both engines' generators draw from the same noise, here in the browser. Its state is the address.
document.addEventListener("DOMContentLoaded", () => {
  const generators = JSON.parse(document.getElementById("generators").textContent);
  const form = document.getElementById("controls");
  const field = form.elements;
  const status = document.getElementById("status");
  const canvases = Object.fromEntries(["left", "right", "difference"].map((id) => [id, document.getElementById(id)]));
  const key = (generator) => `${generator.model} on ${generator.dataset}`;
  const chosen = (side) => generators.find((each) => key(each) === field.model.value && each.engine === field[side].value);
  const options = (select, values, labels = values) => {
    const before = select.value;
    select.replaceChildren(...values.map((value, i) => new Option(labels[i], value)));
    if (values.includes(before)) select.value = before;
  };

  // which engines, classes and styles the model has
  const fit = () => {
    const own = generators.filter((each) => key(each) === field.model.value);
    const engines = own.map((each) => each.engine);
    for (const side of ["left", "right"]) options(field[side], engines);
    if (field.left.value === field.right.value && engines.length > 1) [field.left.value, field.right.value] = engines;
    const classes = own[0].inputs.labels ? own[0].classes : [];
    const numbers = classes.map((_, i) => String(i));
    options(field.class, ["all", ...numbers], ["all in turn", ...classes]);
    options(field.to, ["", ...numbers], ["no other", ...classes]);
    document.getElementById("classes").hidden = !classes.length;
    document.getElementById("styles").hidden = !own[0].inputs.truncation;
    const sizes = [];
    for (let size = 4; size <= own[0].image[0]; size *= 2) sizes.push(String(size));
    options(field.mix, ["", ...sizes], ["none", ...sizes.map((size) => `from ${size} pixels on`)]);
  };

  const restore = () => {
    const state = new URLSearchParams(location.hash.slice(1));
    if (state.has("model")) field.model.value = state.get("model");
    if (!field.model.value) field.model.selectedIndex = 0;
    fit();
    for (const [name, value] of state) if (name in field && name !== "model") field[name].value = value;
    place();
    for (const select of form.querySelectorAll("select")) if (select.selectedIndex < 0) select.selectedIndex = 0;
  };
  const keep = () => {
    const state = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
    history.replaceState(null, "", `#${state}`);
  };

  const noise = async (generator, seed, count) => {
    const size = generator.inputs.latents[0];
    if (seed !== "") return ganbenchNoise.normal(Number(seed), count * size);
    const bytes = await ganbench.load(generator.noise);
    return new Float32Array(bytes.buffer, 0, count * size);
  };

  const labels = (count, classes) => {
    const weights = new Float32Array(count * classes);
    const blend = field.to.value === "" ? 0 : Number(field.blend.value);
    for (let i = 0; i < count; i++) {
      const first = field.class.value === "all" ? i % classes : Number(field.class.value);
      weights[i * classes + first] += 1 - blend;
      if (blend) weights[i * classes + Number(field.to.value)] += blend;
    }
    return weights;
  };

  const draw = async (generator, count) => {
    const [ort, session] = await Promise.all([ganbench.engine(), ganbench.session(generator.script)]);
    const size = generator.inputs.latents[0];
    const seed = field.seed.value;
    let latents = await noise(generator, seed, count);
    const walk = Number(field.walk.value);
    if (walk) latents = ganbenchNoise.between(latents, ganbenchNoise.normal(Number(seed) + 1, count * size), walk, size);
    const [x, y] = [Number(field.east.value), Number(field.north.value)];
    if (x || y) {
      const [east, north] = [3, 4].map((more) => ganbenchNoise.normal(Number(seed) + more, count * size));
      latents = ganbenchNoise.onMap(latents, east, north, x, y, size);
    }
    const feeds = { latents: new ort.Tensor("float32", latents, [count, size]) };
    if (generator.inputs.labels) {
      const classes = generator.inputs.labels[0];
      feeds.labels = new ort.Tensor("float32", labels(count, classes), [count, classes]);
    }
    if (generator.inputs.truncation) {
      const mixed = ganbenchNoise.normal(Number(seed) + 2, count * generator.latent);
      feeds.truncation = new ort.Tensor("float32", [Number(field.psi.value)], []);
      feeds.mix_latents = new ort.Tensor("float32", mixed, [count, generator.latent]);
      feeds.mix_from = new ort.Tensor("int32", [Number(field.mix.value) || 2 * generator.image[0]], []);
    }
    const begin = performance.now();
    const { images } = await session.run(feeds);
    return { images: images.data, milliseconds: performance.now() - begin };
  };

  // as in the reports: a column is a class, where all are drawn in turn and fit a row
  const columnsOf = (generator, count) => {
    const classes = generator.inputs.labels && field.class.value === "all" ? generator.classes.length : 0;
    return count === 1 ? 1 : classes >= 4 && classes <= 12 ? classes : count <= 16 ? 4 : 8;
  };

  // a grid of images (n, h, w, c) of bytes
  const paint = (canvas, images, count, columns, [height, width, channels]) => {
    canvas.width = columns * (width + 2) - 2;
    canvas.height = Math.ceil(count / columns) * (height + 2) - 2;
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    for (let n = 0; n < count; n++) {
      const tile = context.createImageData(width, height);
      for (let pixel = 0; pixel < width * height; pixel++) {
        const from = (n * width * height + pixel) * channels;
        for (let c = 0; c < 3; c++) tile.data[4 * pixel + c] = images[from + (channels === 1 ? 0 : c)];
        tile.data[4 * pixel + 3] = 255;
      }
      context.putImageData(tile, (n % columns) * (width + 2), Math.floor(n / columns) * (height + 2));
    }
  };

  const show = async () => {
    const count = Number(field.count.value);
    const [left, right] = [chosen("left"), chosen("right")];
    status.textContent = "Loading …";
    for (const { script } of [left, right]) ganbench.session(script).catch(() => {}); // both at once; who draws, complains
    const one = await draw(left, count);
    const other = await draw(right, count);
    const apart = one.images.map((value, i) => Math.abs(value - other.images[i]));
    const largest = apart.reduce((a, b) => Math.max(a, b), 0);
    const columns = columnsOf(left, count);
    for (const [id, images] of [["left", one.images], ["right", other.images], ["difference", apart]]) {
      paint(canvases[id], images, count, columns, left.image);
    }
    for (const [side, generator] of [["left", left], ["right", right]]) {
      document.getElementById(`${side}-title`).textContent = generator.engine;
      canvases[side].setAttribute("aria-label", `${count} images of ${generator.title}`);
    }
    const time = ((one.milliseconds + other.milliseconds) / 2 / count).toFixed(1);
    status.textContent = `Largest difference: ${largest} of 255 grey levels. ${time} ms an image, on this device.`;
    ganbench.shown = { left: one.images, right: other.images, largest, milliseconds: [one.milliseconds, other.milliseconds] };
  };

  document.addEventListener("postponed", ({ detail }) => { status.textContent = detail; });

  // one drawing at a time; what was asked for meanwhile is drawn once, at the end
  let busy = false, again = false;
  const update = async () => {
    keep();
    if (busy) { again = true; return; }
    busy = true;
    document.body.dataset.busy = "yes"; // for those who wait
    do {
      again = false;
      try { await show(); } catch (error) { status.textContent = `It cannot be drawn here: ${error.message.replace(/\.$/, "")}.`; }
    } while (again);
    busy = false;
    document.body.dataset.busy = "no";
  };

  let playing = 0;
  const step = async () => {
    field.walk.value = (Number(field.walk.value) + 0.02) % 1;
    if (Number(field.walk.value) < 0.02) field.seed.value = Number(field.seed.value) + 1;
    await update();
    if (playing) playing = setTimeout(step, 40);
  };
  const actions = {
    surprise: () => { field.seed.value = Math.floor(Math.random() * 1e6); update(); },
    play: (button) => {
      if (playing) { clearTimeout(playing); playing = 0; } else { playing = 1; step(); }
      button.setAttribute("aria-pressed", String(Boolean(playing)));
    },
    png: () => {
      const sheet = document.createElement("canvas");
      const shown = Object.values(canvases);
      sheet.width = shown.reduce((sum, each) => sum + each.width + 8, -8);
      sheet.height = canvases.left.height;
      const context = sheet.getContext("2d");
      shown.reduce((x, each) => { context.drawImage(each, x, 0); return x + each.width + 8; }, 0);
      const link = Object.assign(document.createElement("a"), { download: "ganbench.png", href: sheet.toDataURL() });
      link.click();
    },
  };

  // the map: two sliders, and a square to drag in that moves both
  const map = document.getElementById("map");
  const place = () => {
    map.style.setProperty("--x", (Number(field.east.value) + 2) / 4);
    map.style.setProperty("--y", (2 - Number(field.north.value)) / 4);
  };
  const drag = (event) => {
    if (event.type === "pointerdown") map.setPointerCapture(event.pointerId);
    if (!event.buttons) return;
    const square = map.getBoundingClientRect();
    field.east.value = 4 * ((event.clientX - square.left) / square.width) - 2;
    field.north.value = 2 - 4 * ((event.clientY - square.top) / square.height);
    place();
    update();
  };
  for (const kind of ["pointerdown", "pointermove"]) map.addEventListener(kind, drag);
  form.addEventListener("input", place);

  options(field.model, [...new Set(generators.map(key))]);
  restore();
  form.addEventListener("input", (event) => { if (event.target === field.model) fit(); update(); });
  form.addEventListener("click", ({ target }) => actions[target.name]?.(target));
  window.addEventListener("hashchange", () => { restore(); update(); });
  document.getElementById("start").addEventListener("click", ({ target }) => {
    target.hidden = true;
    form.hidden = document.getElementById("stage").hidden = false;
    update();
  });
});
