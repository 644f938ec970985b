// The order of assignment as a film: pixels appear at their turns.

const NOT_YET = 0.3; // how bright a pixel is that waits for its turn
const OUTSIDE = 0.6; // the same, in gray, for what lies outside the mask
const FRESH = 0.012; // the part of all turns that is shown as just assigned
const FRESH_COLOUR = [255, 190, 60];
const SECONDS = 12;
const PARTS = 1000; // of each pass, as the slider counts

function buildFilm(pictures, signal) {
  const { model } = pictures;
  let playing = false, last = 0, source = null, stages = [];
  const buffer = document.createElement("canvas");
  const pane = new Pane(pictures, "film of the order of assignment", { marks: () => marksOn(pictures, "refocused") });
  const range = make("input", { type: "range", min: 0, max: PARTS, step: 1, value: PARTS, "aria-label": "turn", oninput: () => pictures.changed() });
  const told = make("output", { class: "rl-told" });
  const button = make("button", { type: "button", onclick: () => play(!playing) }, "play");

  function play(now) {
    playing = now;
    button.textContent = playing ? "pause" : "play";
    if (!playing) return;
    if (Number(range.value) >= Number(range.max)) range.value = 0;
    last = performance.now();
    requestAnimationFrame(step);
  }

  function step(now) {
    if (!playing || signal.aborted) return;
    range.value = Number(range.value) + Math.max(1, Math.round((range.max * (now - last)) / 1000 / SECONDS));
    last = now;
    pictures.changed();
    if (Number(range.value) >= Number(range.max)) play(false);
    else requestAnimationFrame(step);
  }

  // The pictures before the first pass and after each, decoded when they come.
  follow(model, ["film"], async () => {
    const files = model.get("film");
    const bitmaps = await Promise.all(files.map((view) => createImageBitmap(new Blob([bytesOf(view)], { type: "image/png" }))));
    if (files !== model.get("film")) return; // newer ones are on their way
    const ended = Number(range.value) >= Number(range.max);
    stages = bitmaps;
    range.max = PARTS * Math.max(1, stages.length - 1);
    if (ended) range.value = range.max;
    pictures.changed();
  }, signal);

  // Their bytes, read once for each result.
  function read() {
    const turns = bytesOf(model.get("turns"));
    if (!stages.length || !turns || turns.length !== 4 * stages[0].width * stages[0].height) return null;
    if (source && source.stages === stages && source.turns === turns.buffer) return source;
    [buffer.width, buffer.height] = [stages[0].width, stages[0].height];
    const context = buffer.getContext("2d", { willReadFrequently: true });
    const pixels = (bitmap) => {
      context.drawImage(bitmap, 0, 0);
      return context.getImageData(0, 0, buffer.width, buffer.height).data;
    };
    const turn = new Uint32Array(turns.slice().buffer);
    let count = 0;
    for (const t of turn) if (t !== 0xffffffff) count += 1;
    source = { stages, turns: turns.buffer, turn, count, pictures: stages.map(pixels), context };
    return source;
  }

  function frame(film, pass, now) {
    const data = new ImageData(buffer.width, buffer.height);
    const out = data.data;
    const [before, final] = film.pictures.slice(pass);
    const fresh = now < film.count ? Math.max(1, FRESH * film.count) : 0;
    for (let p = 0, i = 0; p < film.turn.length; p++, i += 4) {
      const t = film.turn[p];
      if (t === 0xffffffff) {
        const gray = OUTSIDE * (0.3 * final[i] + 0.6 * final[i + 1] + 0.1 * final[i + 2]);
        out.set([gray, gray, gray, 255], i);
        continue;
      }
      const waits = t >= now;
      const from = waits ? before : final;
      const glow = !waits && now - t <= fresh ? 0.75 : 0;
      const light = waits ? NOT_YET : 1 - glow;
      for (let c = 0; c < 3; c++) out[i + c] = light * from[i + c] + glow * FRESH_COLOUR[c];
      out[i + 3] = 255;
    }
    film.context.putImageData(data, 0, 0);
  }

  pictures.listeners.push(() => {
    const begun = pane.canvas.offsetParent ? pane.begin() : null;
    const film = begun && read();
    if (!film) return;
    const passes = film.pictures.length - 1;
    const pass = Math.min(passes - 1, Math.floor(range.value / PARTS));
    const now = Math.round((film.count * (range.value - pass * PARTS)) / PARTS);
    frame(film, pass, now);
    pane.picture(...begun, buffer);
    pane.finish(...begun, false);
    pane.canvas.dataset.turn = now;
    pane.canvas.dataset.pass = pass + 1;
    const of = passes > 1 ? `pass ${pass + 1} of ${passes}: ` : "";
    told.value = `${of}${thousands(now)} of ${thousands(film.count)} pixels assigned`;
    range.setAttribute("aria-valuetext", told.value);
  });
  follow(model, ["turns"], () => pictures.changed(), signal);
  const note = make("p", { class: "rl-note" }, "Dark: a pixel that waits for its turn, with its nearest candidate, or from the second pass on its value from the pass before. Orange: just assigned. Gray: outside the mask.");
  const root = make("div", { class: "rl-large" }, pane.canvas, make("div", { class: "rl-row" }, button, range, told), note);
  return { root, wanted: () => ["refocused", "turns"], stop: () => play(false) };
}
