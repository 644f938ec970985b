// Why this pixel? The query, its neighborhood, the candidates with what speaks for each.

const SAYS = {
  photo: ["=", "outside the mask: holds U"],
  assigned: ["✓", "assigned before"],
  "stand-in": ["·", "not assigned yet: holds its nearest candidate"],
  center: ["?", "the pixel itself"],
};

const CLUSTERS = { kmeans: "a cluster of the nearest values", modes: "the values that climb to one mode" };

function bar(share, label) {
  const percent = 100 * share;
  const text = percent >= 99.95 ? "100 %" : percent >= 0.1 ? `${percent.toFixed(1)} %` : "< 0.1 %";
  const fill = make("i");
  fill.style.width = `${percent}%`;
  return make("td", { class: "rl-bar", "aria-label": `${label} ${text}`, "data-share": share },
    make("span", { class: "rl-track" }, fill), make("span", {}, text));
}

function slice(view, index, bytes) {
  return new DataView(view.buffer, view.byteOffset + index * bytes, bytes);
}

// A square of a photo with a box round the neighborhood in it.
function placeCanvas(place, size, label) {
  const zoom = 4;
  const canvas = make("canvas", { width: place.side * zoom, height: place.side * zoom, class: "rl-place", role: "img", "aria-label": label });
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(patchCanvas(place.rgb, place.side, "", place.side), 0, 0, canvas.width, canvas.height);
  const corner = [(place.x - (size - 1) / 2) * zoom, (place.y - (size - 1) / 2) * zoom, size * zoom, size * zoom];
  for (const [width, color] of [[4, "rgba(0,0,0,0.8)"], [1.5, "#ffd24d"]]) {
    context.lineWidth = width;
    context.strokeStyle = color;
    context.strokeRect(...corner);
  }
  return canvas;
}

// The neighborhood in W at the pixel's turn, each pixel with a sign of what it held.
function neighbors(why) {
  const rgb = bytesOf(why.window);
  const counted = why.counted.flat();
  const weights = why.weights.flat();
  const cells = why.holds.map((holds, i) => {
    const [r, g, b] = rgb.slice(3 * i, 3 * i + 3);
    const [sign, text] = SAYS[holds];
    const out = !counted[i] && holds !== "center";
    const counts = why.weighted && !out && holds !== "center" ? `; counts ${weights[i]} / ${why.whole}` : "";
    const cell = make("span", { class: out ? "rl-cell rl-out" : "rl-cell", title: out ? `${text}; left out` : text + counts, "data-holds": holds }, sign);
    cell.style.background = out ? "" : `rgb(${r},${g},${b})`;
    if (counts) cell.style.opacity = weights[i] / why.whole;
    cell.style.color = 0.3 * r + 0.6 * g + 0.1 * b > 128 || out ? "#000" : "#fff";
    return cell;
  });
  const count = (one) => why.holds.filter((holds) => holds === one).length;
  const grid = make("div", { class: "rl-grid", role: "img", "aria-label": `${count("assigned")} neighbors assigned before, ${count("stand-in")} not yet, ${count("photo")} outside the mask` }, ...cells);
  grid.style.gridTemplateColumns = `repeat(${why.size}, 1fr)`;
  const said = ["assigned", "stand-in", "photo"].filter(count).map((one) => make("li", {}, `${SAYS[one][0]}  ${SAYS[one][1]} (${count(one)})`));
  if (why.weighted) said.push(make("li", {}, `paler: less certain, so it counts less (thirds of its confidence)`));
  if (why.causal) said.push(make("li", {}, "hatched: left out (causal neighborhood)"));
  return [grid, make("ul", { class: "rl-note" }, ...said)];
}

function candidateRow(why, k) {
  const depth = 3 * why.size * why.size;
  const [photo, y, x] = why.places[k];
  const chosen = k === why.chosen;
  const swatch = make("i", { class: "rl-swatch", title: `R, G, B ${why.values[k]}` });
  swatch.style.background = `rgb(${why.values[k]})`;
  return make("tr", { class: chosen ? "rl-winner" : null, "data-source": why.sources[k], "data-value": why.values[k], "aria-current": chosen ? "true" : null },
    make("th", { scope: "row" }, chosen ? `★ ${k + 1}` : `${k + 1}`),
    make("td", {}, swatch),
    make("td", {}, patchCanvas(slice(why.blurred, k, depth), why.size, `candidate ${k + 1}, blurred`, 26)),
    make("td", {}, patchCanvas(slice(why.sharp, k, depth), why.size, `candidate ${k + 1}, sharp`, 26)),
    bar(why.p_image[k], "P image"),
    make("td", {}, why.textured ? patchCanvas(slice(why.texture, k, depth), why.size, `patch that fits best with candidate ${k + 1}`, 26) : "–"),
    why.textured ? bar(why.p_texture[k], "P texture") : make("td", {}, "not used"),
    bar(why.product[k], "product"),
    make("td", { class: "rl-where" }, `${photo + 1}: ${y}, ${x}`));
}

function buildPixel(model, signal) {
  const root = make("section", { class: "rl-why", "aria-label": "why this pixel" });
  const hint = "Click a pixel of a picture (or focus one and use the arrow keys) to see what was weighed for it.";
  follow(model, ["why", "selected"], () => {
    const why = model.get("why");
    const selected = model.get("selected");
    root.dataset.pixel = why.places ? `${why.y},${why.x}` : "";
    if (!selected.length) return root.replaceChildren(make("h3", {}, "Why this pixel?"), make("p", { class: "rl-note" }, hint));
    if (why.outside) return root.replaceChildren(make("h3", {}, "Why this pixel?"),
      make("p", {}, `Row ${why.y}, column ${why.x} lies outside the mask: it keeps the value of the misfocused photo.`));
    if (!why.places) return;
    const [photo, y, x] = why.places[why.chosen];
    const patches = [["query", "N(U, x, y), the query"], ["window", "N(W, x, y) at its turn"]];
    const panel = (patch, side, text) => make("figure", {}, patchCanvas(patch, side, text, 96), make("figcaption", {}, text));
    const above = why.above ? [make("div", { class: "rl-row" }, panel(why.above, 3, "the coarser W over it, compared too"))] : [];
    const facts = [`It was number ${thousands(why.turn + 1)} of ${thousands(why.turns)} in ${why.order} order.`,
      `Candidate ${why.chosen + 1} won; it comes from focused photo ${photo + 1}, row ${y}, column ${x}.`];
    if (why.winner !== why.chosen) facts.push(`An exact search would have taken candidate ${why.winner + 1}; the ${why.search} search did not see the patch that speaks for it.`);
    if (String(why.value) !== String(why.values[why.chosen])) facts.push(`A later stage changed its value to ${why.value}.`);
    if (CLUSTERS[why.selection]) facts.push(`Each candidate is the mean color of ${CLUSTERS[why.selection]}; its P image is the sum over it, and the patches shown are those of its nearest value.`);
    if (!why.textured) facts.push("The texture constraint is off: the nearest candidate wins.");
    const head = ["candidate", "value", "blurred", "sharp", "P image", "fits best", "P texture", "product", "from"];
    const table = make("table", { class: "rl-candidates" },
      make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col" }, text)))),
      make("tbody", {}, ...why.values.map((_, k) => candidateRow(why, k))));
    root.replaceChildren(
      make("h3", {}, `Why this pixel? Row ${why.y}, column ${why.x}`),
      make("p", { class: "rl-facts" }, facts.join(" ")),
      make("div", { class: "rl-whybody" },
        make("div", { class: "rl-aside" },
          make("div", { class: "rl-row" }, ...patches.map(([name, text]) => panel(why[name], why.size, text))),
          ...above,
          make("div", { class: "rl-row" },
            make("figure", {}, placeCanvas(why.own, why.size, "the pixel's place in U"), make("figcaption", {}, "its place in U")),
            make("figure", {}, placeCanvas(why.place, why.size, "the winner's place in the focused photo"), make("figcaption", {}, `the winner's place, photo ${photo + 1}`))),
          make("h4", {}, "Its neighbors at that moment"), ...neighbors(why)),
        make("div", { class: "rl-scroll", tabindex: 0, role: "region", "aria-label": "candidates" }, table)),
      make("p", { class: "rl-note" }, "P image, P texture and their product are shares: of the sum over these candidates. “Fits best” is the library patch that agrees most with the neighbors and the candidate. “From” is photo: row, column."));
  }, signal);
  return root;
}
