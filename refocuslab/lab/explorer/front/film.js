// The order of assignment as a film: pixels appear at their turns.

const NOT_YET = 0.3; // how bright a pixel is that waits for its turn
const OUTSIDE = 0.6; // the same, in grey, for what lies outside the mask
const FRESH = 0.012; // the part of all turns that is shown as just assigned
const FRESH_COLOUR = [255, 190, 60];
const SECONDS = 12;

function buildFilm(pictures, signal) {
  const { model } = pictures;
  let playing = false, last = 0, source = null;
  const buffer = document.createElement("canvas");
  const pane = new Pane(pictures, "film of the order of assignment", { marks: () => marksOn(pictures, "refocused") });
  const range = make("input", { type: "range", min: 0, max: 1000, step: 1, value: 1000, "aria-label": "turn", oninput: () => pictures.changed() });
  const told = make("output", { class: "rl-told" });
  const button = make("button", { type: "button", onclick: () => play(!playing) }, "play");

  function play(now) {
    playing = now;
    button.textContent = playing ? "pause" : "play";
    if (!playing) return;
    if (Number(range.value) >= 1000) range.value = 0;
    last = performance.now();
    requestAnimationFrame(step);
  }

  function step(now) {
    if (!playing || signal.aborted) return;
    range.value = Number(range.value) + Math.max(1, Math.round((1000 * (now - last)) / 1000 / SECONDS));
    last = now;
    pictures.changed();
    if (Number(range.value) >= 1000) play(false);
    else requestAnimationFrame(step);
  }

  // The bytes of the pictures, read once for each result.
  function read() {
    const { refocused, start } = pictures.bitmaps;
    const turns = bytesOf(model.get("turns"));
    if (!refocused || !start || !turns || turns.length !== 4 * refocused.width * refocused.height) return null;
    if (source && source.refocused === refocused && source.start === start && source.turns === turns.buffer) return source;
    [buffer.width, buffer.height] = [refocused.width, refocused.height];
    const context = buffer.getContext("2d", { willReadFrequently: true });
    const pixels = (bitmap) => {
      context.drawImage(bitmap, 0, 0);
      return context.getImageData(0, 0, buffer.width, buffer.height).data;
    };
    const turn = new Uint32Array(turns.slice().buffer);
    let count = 0;
    for (const t of turn) if (t !== 0xffffffff) count += 1;
    source = { refocused, start, turns: turns.buffer, turn, count, final: pixels(refocused), before: pixels(start), context };
    return source;
  }

  function frame(film, now) {
    const data = new ImageData(buffer.width, buffer.height);
    const out = data.data;
    const fresh = now < film.count ? Math.max(1, FRESH * film.count) : 0;
    for (let p = 0, i = 0; p < film.turn.length; p++, i += 4) {
      const t = film.turn[p];
      if (t === 0xffffffff) {
        const grey = OUTSIDE * (0.3 * film.final[i] + 0.6 * film.final[i + 1] + 0.1 * film.final[i + 2]);
        out.set([grey, grey, grey, 255], i);
        continue;
      }
      const waits = t >= now;
      const from = waits ? film.before : film.final;
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
    const now = Math.round((film.count * range.value) / 1000);
    frame(film, now);
    pane.picture(...begun, buffer);
    pane.finish(...begun, false);
    pane.canvas.dataset.turn = now;
    told.value = `${thousands(now)} of ${thousands(film.count)} pixels assigned`;
    range.setAttribute("aria-valuetext", told.value);
  });
  follow(model, ["turns"], () => pictures.changed(), signal);
  const note = make("p", { class: "rl-note" }, "Dark: the nearest candidate, where a pixel waits for its turn. Orange: just assigned. Grey: outside the mask. With several passes, this is the last one.");
  const root = make("div", { class: "rl-large" }, pane.canvas, make("div", { class: "rl-row" }, button, range, told), note);
  return { root, wanted: () => ["refocused", "start", "turns"], stop: () => play(false) };
}
