// Why a pixel got its color: what refocuslab/lab/explorer/pixel.py works out, here in the browser, by linear search
// in whole numbers. Only the two probabilities are not whole, and these are those of the same formula.

// A photo of R, G, B bytes as a place in it, seen by windows: what leaves it is reflected, the edge not repeated.
function reflect(at, length) {
  const period = 2 * (length - 1);
  const inside = ((at % period) + period) % period;
  return Math.min(inside, period - inside);
}

// Places of a window of `size` round (y, x) in a photo of `height` and `width`, row by row.
function positions(y, x, size, height, width) {
  const r = (size - 1) / 2;
  const found = [];
  for (let dy = -r; dy <= r; dy++) {
    for (let dx = -r; dx <= r; dx++) found.push(reflect(y + dy, height) * width + reflect(x + dx, width));
  }
  return found;
}

const valuesAt = (photo, places) => places.flatMap((i) => [photo[3 * i], photo[3 * i + 1], photo[3 * i + 2]]);

// The library of patches: {photo, y, x} of each, and its windows where they are asked for.
function makeLibrary(photos) {
  const places = [];
  photos.forEach(({ mask, width }, photo) => {
    mask.forEach((inside, i) => { if (inside) places.push([photo, Math.floor(i / width), i % width]); });
  });
  const windows = {};
  const patch = (kind, index, size) => {
    const [photo, y, x] = places[index];
    const from = photos[photo];
    return valuesAt(from[kind], positions(y, x, size, from.height, from.width));
  };
  // All sharp windows of a size, one behind the other; made when the first pixel of that size is asked for.
  const all = (size) => {
    if (!windows[size]) {
      const depth = 3 * size * size;
      windows[size] = new Uint8Array(places.length * depth);
      places.forEach((_, index) => windows[size].set(patch("sharp", index, size), index * depth));
    }
    return windows[size];
  };
  return { places, patch, all };
}

// min over v of the squared distance to the window, for each candidate value in its center, and the v that has it.
function textureDistances(library, size, window, counted, values) {
  const depth = 3 * size * size;
  const center = (depth - 3) / 2;
  const sharp = library.all(size);
  const used = [...Array(depth).keys()].filter((i) => counted[Math.floor(i / 3)]);
  const best = values.map(() => Infinity);
  const matches = values.map(() => 0);
  for (let v = 0; v < library.places.length; v++) {
    const at = v * depth;
    let around = 0;
    for (const i of used) around += (sharp[at + i] - window[i]) ** 2;
    values.forEach((value, k) => {
      let total = around;
      for (let c = 0; c < 3; c++) total += (sharp[at + center + c] - value[c]) ** 2;
      if (total < best[k]) { best[k] = total; matches[k] = v; }
    });
  }
  return { best, matches };
}

function shares(energy) {
  const least = Math.min(...energy);
  const unscaled = energy.map((one) => Math.exp(least - one));
  const sum = unscaled.reduce((a, b) => a + b);
  return unscaled.map((one) => one / sum);
}

const squared = (a, b) => a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);

// Everything that was weighed for the pixel (y, x) of the mask, as the explorer's panel wants it.
function whyPixel(data, way, y, x) {
  const { about, library, number } = data;
  const { size, order, causal, ratio } = way;
  const { height, width } = about;
  const here = y * width + x;
  const turns = data.arrays[`turns-${size}-${order}`];
  const sources = data.arrays[`sources-${size}`];
  const count = sources.length / turns.length;
  const own = number[here];
  const candidates = [...sources.subarray(own * count, (own + 1) * count)];
  const around = positions(y, x, size, height, width);
  const middle = (size * size - 1) / 2;
  const holds = around.map((i, at) => at === middle ? "center" : number[i] < 0 ? "photo" : turns[number[i]] < turns[own] ? "assigned" : "stand-in");
  const counted = holds.map((held, at) => held !== "center" && (!causal || (held !== "stand-in" && (order !== "scanline" || at < middle))));
  const value = (source) => library.patch("sharp", source, 1);
  const window = around.flatMap((i, at) => {
    const pixel = number[i];
    if (pixel < 0) return valuesAt(data.arrays.misfocused, [i]);
    return value(sources[pixel * count + (holds[at] === "assigned" ? way.ranks[pixel] : 0)]);
  });
  const query = valuesAt(data.arrays.misfocused, around);
  const values = candidates.map(value);
  const blurred = candidates.map((source) => library.patch("blurred", source, size));
  const imageDistances = blurred.map((patch) => squared(patch, query));
  const texture = textureDistances(library, size, window, counted, values);
  const byImage = imageDistances.map((distance) => about.lambda_image * distance);
  const byTexture = texture.best.map((distance) => about.lambdas[way.ratioAt] * distance);
  const energy = byImage.map((one, k) => one + byTexture[k]);
  const least = Math.min(...energy);
  let winner = -1;
  energy.forEach((one, k) => { if (one === least && (winner < 0 || candidates[k] < candidates[winner])) winner = k; });
  const chosen = way.ranks[own];
  const bytes = (patches) => new DataView(new Uint8Array(patches.flat()).buffer);
  return {
    y, x, size, order, causal, winner, chosen, turn: turns[own], turns: turns.length,
    query: bytes(query), window: bytes(window), holds, counted, weights: counted.map(Number), whole: 1, weighted: false,
    places: candidates.map((source) => library.places[source]), sources: candidates, values,
    blurred: bytes(blurred), sharp: bytes(candidates.map((source) => library.patch("sharp", source, size))),
    texture: bytes(texture.matches.map((source) => library.patch("sharp", source, size))),
    image_distances: imageDistances, texture_distances: texture.best,
    p_image: shares(byImage), p_texture: shares(byTexture), product: shares(energy),
    textured: ratio > 0, selection: "nearest", search: "exact", value: values[chosen], above: null,
  };
}
