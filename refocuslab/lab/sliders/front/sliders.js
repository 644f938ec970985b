// The page of the sliders: reads the numbers, draws the pictures, and follows sliders, pointer and keys.

const SIDE_OF_PLACE = 33;

async function readNumbers() {
  const about = JSON.parse(document.getElementById("about").textContent);
  const packed = Uint8Array.from(atob(document.getElementById("numbers").textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(stream).arrayBuffer();
  const arrays = {};
  let at = 0;
  for (const [name, bytes, length] of about.arrays) {
    // Copied, for a number of two bytes may begin at an odd place.
    const part = buffer.slice(at, at + bytes * length);
    arrays[name] = bytes === 1 ? new Uint8Array(part) : bytes === 2 ? new Uint16Array(part) : new Uint32Array(part);
    at += bytes * length;
  }
  const number = new Int32Array(arrays.mask.length).fill(-1);
  let pixels = 0;
  arrays.mask.forEach((inside, i) => { if (inside) number[i] = pixels++; });
  const photos = [...Array(about.photos).keys()].map((i) => ({
    sharp: arrays[`sharp-${i}`], blurred: arrays[`blurred-${i}`], mask: arrays[`mask-${i}`],
    height: about.shapes[i][0], width: about.shapes[i][1],
  }));
  return { about, arrays, number, pixels, photos, library: makeLibrary(photos) };
}

// One of the ways that were tried: the values of the sliders, and which candidate each pixel chose.
function wayOf(data, at) {
  const { about } = data;
  const index = ((at.size * about.orders.length + at.order) * 2 + at.causal) * about.ratios.length + at.ratio;
  return {
    size: about.neighborhoods[at.size], order: about.orders[at.order], causal: Boolean(at.causal), ratio: about.ratios[at.ratio],
    ratioAt: at.ratio, psnr: about.psnr[index], ranks: data.arrays.ranks.subarray(index * data.pixels, (index + 1) * data.pixels),
  };
}

function refocused(data, way) {
  const image = data.arrays.misfocused.slice();
  const sources = data.arrays[`sources-${way.size}`];
  const count = sources.length / data.pixels;
  data.number.forEach((pixel, i) => {
    if (pixel >= 0) image.set(data.library.patch("sharp", sources[pixel * count + way.ranks[pixel]], 1), 3 * i);
  });
  return image;
}

// The other picture: a photo, or a map of what the ways did.
const OTHERS = {
  misfocused: ["misfocused, U", (data) => data.arrays.misfocused],
  truth: ["the truth", (data) => data.arrays.truth],
  turns: ["turns: dark is early", (data, way) => {
    const turns = data.arrays[`turns-${way.size}-${way.order}`];
    return Uint8Array.from({ length: 3 * data.number.length }, (_, i) => {
      const pixel = data.number[Math.floor(i / 3)];
      return pixel < 0 ? 0 : 40 + Math.round((215 * turns[pixel]) / data.pixels);
    });
  }],
  error: ["error, 4 times", (data, way, image) => image.map((value, i) => Math.min(255, 4 * Math.abs(value - data.arrays.truth[i])))],
  changed: ["where texture changed the choice", (data, way, image) => {
    const changed = image.map((value) => Math.round(value / 3));
    data.number.forEach((pixel, i) => { if (pixel >= 0 && way.ranks[pixel]) changed.set([255, 210, 77], 3 * i); });
    return changed;
  }],
};

function draw(canvas, image, width, selected) {
  const height = image.length / 3 / width;
  const zoom = 6;
  const small = make("canvas", { width, height });
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) pixels.data.set([image[3 * i], image[3 * i + 1], image[3 * i + 2], 255], 4 * i);
  small.getContext("2d").putImageData(pixels, 0, 0);
  canvas.width = width * zoom;
  canvas.height = height * zoom;
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
  if (!selected) return;
  const [y, x, size] = selected;
  for (const [line, color] of [[4, "rgba(0,0,0,.8)"], [1.6, "#ffd24d"]]) {
    context.lineWidth = line;
    context.strokeStyle = color;
    context.strokeRect((x - (size - 1) / 2) * zoom, (y - (size - 1) / 2) * zoom, size * zoom, size * zoom);
  }
}

// A square of a photo, and where the pixel lies in it.
function placeOf(photo, height, width, y, x) {
  const side = Math.min(SIDE_OF_PLACE, height, width);
  const top = Math.max(0, Math.min(height - side, y - Math.floor(side / 2)));
  const left = Math.max(0, Math.min(width - side, x - Math.floor(side / 2)));
  const rows = [...Array(side).keys()].map((row) => photo.subarray(3 * ((top + row) * width + left), 3 * ((top + row) * width + left + side)));
  const rgb = new Uint8Array(3 * side * side);
  rows.forEach((row, at) => rgb.set(row, 3 * side * at));
  return { rgb: new DataView(rgb.buffer), side, y: y - top, x: x - left };
}

// What the explorer's panel listens to.
class Model {
  #traits = {};
  #listeners = [];
  get(trait) { return this.#traits[trait]; }
  set(traits) { Object.assign(this.#traits, traits); for (const listener of this.#listeners) listener(); }
  on(_, listener) { if (!this.#listeners.includes(listener)) this.#listeners.push(listener); }
  off() {}
}

function slider(label, texts, at, set) {
  const told = make("output", {}, texts[at]);
  const input = make("input", { type: "range", min: 0, max: texts.length - 1, step: 1, value: at, "aria-label": label, "aria-valuetext": texts[at] });
  input.addEventListener("input", () => {
    told.textContent = texts[input.value];
    input.setAttribute("aria-valuetext", texts[input.value]);
    set(Number(input.value));
  });
  return make("div", { class: "rl-control" }, make("div", { class: "rl-row" }, make("span", {}, label), told), input);
}

function choice(label, options, set) {
  const select = make("select", { "aria-label": label }, ...options.map(([value, text]) => make("option", { value }, text)));
  select.addEventListener("change", () => set(select.value));
  return make("div", { class: "rl-control" }, make("label", {}, label, select));
}

function buildPage(root, data) {
  const { about } = data;
  const at = { size: 1, order: about.orders.indexOf("confidence"), causal: 0, ratio: about.ratios.indexOf(1) };
  let selected = null;
  let shown = "misfocused";
  const model = new Model();
  model.set({ selected: [], why: {} });
  const left = make("canvas", { class: "rl-canvas", tabindex: 0, role: "img", "data-picture": "refocused" });
  const right = make("canvas", { class: "rl-canvas", tabindex: 0, role: "img", "data-picture": "other" });
  const score = make("p", { class: "rl-told", "aria-live": "polite" });
  let image;

  function show() {
    const way = wayOf(data, at);
    image = refocused(data, way);
    const box = selected && [...selected, way.size];
    draw(left, image, about.width, box);
    const [text, picture] = OTHERS[shown];
    draw(right, picture(data, way, image), about.width, box);
    const told = way.ratio ? `λ texture / λ image = ${way.ratio}, ${way.size} x ${way.size}, ${way.order} order, ${way.causal ? "causal" : "symmetric"} neighborhood` : `no texture, ${way.size} x ${way.size}`;
    left.setAttribute("aria-label", `refocused: ${told}. Arrow keys choose a pixel.`);
    right.setAttribute("aria-label", `${text}. Arrow keys choose a pixel.`);
    score.textContent = `${told}${way.psnr == null ? "" : `: PSNR ${way.psnr.toFixed(1)} dB, higher is nearer the truth`}`;
    root.dataset.way = [way.size, way.order, way.causal, way.ratio].join(" ");
    if (selected) explain(way, ...selected);
  }

  function explain(way, y, x) {
    if (data.number[y * about.width + x] < 0) return model.set({ selected: [y, x], why: { y, x, outside: true } });
    const why = whyPixel(data, way, y, x);
    const [photo, py, px] = why.places[why.chosen];
    const from = data.photos[photo];
    why.own = placeOf(data.arrays.misfocused, about.height, about.width, y, x);
    why.place = placeOf(from.sharp, from.height, from.width, py, px);
    root.why = why;
    model.set({ selected: [y, x], why });
  }

  function choose(y, x) {
    selected = [Math.max(0, Math.min(about.height - 1, y)), Math.max(0, Math.min(about.width - 1, x))];
    show();
  }

  for (const canvas of [left, right]) {
    canvas.addEventListener("click", (event) => {
      const box = canvas.getBoundingClientRect();
      choose(Math.floor(((event.clientY - box.top) / box.height) * about.height), Math.floor(((event.clientX - box.left) / box.width) * about.width));
    });
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!step) return;
      event.preventDefault();
      const far = event.shiftKey ? 8 : 1;
      const [y, x] = selected || [Math.floor(about.height / 2), Math.floor(about.width / 2)];
      choose(selected ? y + far * step[0] : y, selected ? x + far * step[1] : x);
    });
  }

  const set = (name) => (value) => { at[name] = Number(value); show(); };
  const causal = make("input", { type: "checkbox" });
  causal.addEventListener("change", () => set("causal")(causal.checked));
  const orders = choice("order of assignment", about.orders.map((name, i) => [i, name]), set("order"));
  orders.querySelector("select").value = at.order;
  const others = Object.entries(OTHERS).filter(([name]) => data.arrays.truth || !["truth", "error"].includes(name));
  const other = choice("beside it", others.map(([name, [text]]) => [name, text]), (value) => { shown = value; show(); });
  const ratios = about.ratios.map((ratio) => (ratio ? String(ratio) : "0: no texture"));
  const sizes = about.neighborhoods.map((size) => `${size} x ${size}`);
  root.replaceChildren(
    make("h1", {}, "Sliders"),
    make("p", {}, `${root.dataset.scene}: ${about.height} x ${about.width} pixels of it. A pixel of the misfocused photo U takes a color out of the focused photo: its candidates are the patches that, blurred, look like its neighborhood in U; texture asks that it fit its neighbors, too.`),
    make("div", { class: "rl-main" },
      make("div", { class: "rl-form" },
        slider("λ texture / λ image", ratios, at.ratio, set("ratio")),
        slider("neighborhood", sizes, at.size, set("size")),
        orders,
        make("div", { class: "rl-control" }, make("label", { class: "rl-switch" }, causal, "causal: only neighbors that have their color count")),
        other, score),
      make("div", { class: "rl-views" }, make("div", { class: "rl-sides rl-twobytwo" },
        make("figure", {}, make("figcaption", {}, "refocused, W"), left),
        make("figure", {}, make("figcaption", {}, "beside it"), right)))),
    buildPixel(model, new AbortController().signal),
    make("p", { class: "rl-note" }, "Made beforehand by refocuslab, with exact search; the panel is worked out here, in whole numbers. Tab goes from control to control, arrow keys move a slider or the pixel, with Shift by eight."));
  show();
}

const page = document.querySelector(".rl-still");
if (typeof DecompressionStream === "undefined") page.textContent = "This browser is too old for the page: it needs DecompressionStream, as browsers of 2023 and later have it.";
else readNumbers().then((data) => buildPage(page, data));
