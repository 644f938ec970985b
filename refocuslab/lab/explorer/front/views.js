// Views: four panes, and a wipe.

// Which picture a pane shows: of those preferred, the first that there is. What a person chooses goes before
// the others, and comes back with a scene that has it.
class Choice {
  constructor(pictures, label, preferred, signal) {
    this.pictures = pictures;
    this.model = pictures.model;
    this.preferred = preferred;
    this.select = make("select", { "aria-label": label, onchange: () => {
      this.preferred = [this.select.value, ...preferred];
      pictures.chosen();
    } });
    follow(this.model, ["labels"], () => {
      const labels = this.model.get("labels");
      const there = this.model.get("all_pictures").filter((one) => Object.hasOwn(labels, one));
      this.select.replaceChildren(...there.map((one) => make("option", { value: one }, labels[one])));
      this.select.value = this.there ?? "";
    }, signal);
  }

  get there() {
    const labels = this.model.get("labels");
    return this.preferred.find((one) => Object.hasOwn(labels, one));
  }

  get name() {
    return this.there ?? this.preferred[0];
  }

  // Its picture, decoded. One that is not there has none: what is left of it is another scene's.
  get bitmap() {
    return this.there && this.pictures.bitmaps[this.there];
  }

  // The pictures to ask for: before a scene's first one, nobody knows which there will be.
  get wanted() {
    return this.there ? [this.name] : this.preferred;
  }
}

function legendOf(pictures, name) {
  const legend = pictures.model.get("legends")[name] || {};
  if (legend.keys) {
    return make("span", { class: "rl-legend" }, ...legend.keys.flatMap(([text, rgb]) => {
      const key = make("i", { class: "rl-key" });
      key.style.background = `rgb(${rgb})`;
      return [key, text];
    }));
  }
  if (!legend.high) return make("span", { class: "rl-legend" }, "\u00a0");
  return make("span", { class: "rl-legend" }, legend.low, make("i", { class: "rl-scale" }), legend.high);
}

// What four panes show: where nobody knows the truth, the focused photo, and how far W is from U when blurred.
const SIDES = [["misfocused"], ["refocused"], ["truth", "focused"], ["difference", "reblur"]];

// Four panes side by side.
function buildSides(pictures, signal) {
  const root = make("div", { class: "rl-sides" });
  const choices = SIDES.map((preferred, i) => {
    const choice = new Choice(pictures, `picture in pane ${i + 1}`, preferred, signal);
    const pane = new Pane(pictures, `picture ${i + 1}; arrow keys move the selected pixel, plus and minus zoom`, { marks: () => marksOn(pictures, choice.name) });
    const legend = make("div");
    root.append(make("figure", { class: "rl-pane" }, choice.select, pane.canvas, legend));
    pictures.listeners.push(() => {
      const name = choice.name;
      legend.replaceChildren(legendOf(pictures, name));
      pane.canvas.dataset.picture = name;
      pane.canvas.setAttribute("aria-label", `${pictures.model.get("labels")[name] || `picture ${i + 1}`}; arrow keys move the selected pixel, plus and minus zoom`);
      const begun = pane.begin(choice.bitmap);
      if (!begun) return;
      pane.canvas.bitmap = choice.bitmap;
      pane.picture(...begun, choice.bitmap);
      pane.finish(...begun, name === "refocused");
    });
    return choice;
  });
  return { root, wanted: () => choices.flatMap((choice) => choice.wanted) };
}

// The selected pixel; on the focused photo, the place that its value came from.
function marksOn(pictures, name) {
  const [selected, why] = [pictures.model.get("selected"), pictures.model.get("why")];
  if (name !== "focused") return selected.length ? [[...selected, "#ffd24d"]] : [];
  if (!why.places || why.places[why.chosen][0] !== 0) return [];
  return [[...why.places[why.chosen].slice(1), "#ffd24d"]];
}

// Two pictures with a divider between them.
function buildWipe(pictures, signal) {
  const choices = ["misfocused", "refocused"].map((name, i) => new Choice(pictures, i ? "picture on the right" : "picture on the left", [name], signal));
  const range = make("input", { type: "range", min: 0, max: 100, step: 0.5, value: 50, "aria-label": "place of the divider", oninput: () => pictures.changed() });
  const pane = new Pane(pictures, "two pictures with a divider; drag to move it", {
    ondrag: (event) => {
      const box = pane.canvas.getBoundingClientRect();
      range.value = (100 * (event.clientX - box.left)) / box.width;
    },
    marks: () => marksOn(pictures, choices[1].name),
  });
  pictures.listeners.push(() => {
    const begun = pane.begin();
    if (!begun) return;
    const [context, g] = begun;
    const at = (g.w * range.value) / 100;
    [0, 1].forEach((i) => {
      context.save();
      context.beginPath();
      context.rect(i ? at : 0, 0, i ? g.w - at : at, g.h);
      context.clip();
      const { bitmap } = choices[i];
      pane.own = bitmap ? [bitmap.width, bitmap.height] : null;
      pane.picture(context, pane.geometry(), bitmap);
      context.restore();
    });
    context.fillStyle = "rgba(0,0,0,0.6)";
    context.fillRect(at - 2, 0, 4, g.h);
    context.fillStyle = "#fff";
    context.fillRect(at - 1, 0, 2, g.h);
    pane.finish(context, pane.geometry(), choices.some((choice) => choice.name === "refocused"));
  });
  const root = make("div", { class: "rl-large" }, make("div", { class: "rl-row" }, ...choices.map((choice) => choice.select)), pane.canvas, range);
  return { root, wanted: () => choices.flatMap((choice) => choice.wanted) };
}

function buildViews(model, signal) {
  const pictures = new Pictures(model, signal);
  let mode = "wipe"; // the largest
  const views = { sides: buildSides(pictures, signal), wipe: buildWipe(pictures, signal), film: buildFilm(pictures, signal), mask: buildMask(pictures, signal) };
  views.large = views.sides;
  const ask = (names) => {
    model.set("shown", [...new Set(names)]);
    model.save_changes();
  };
  pictures.onchosen = () => ask(views[mode].wanted());
  // Another view of this explorer, or another page, asks for what it shows: what this one shows is added.
  follow(model, ["shown", "labels"], () => {
    const [shown, wanted] = [model.get("shown"), views[mode].wanted()];
    if (!wanted.every((name) => shown.includes(name))) ask([...shown, ...wanted]);
  }, signal);
  const names = { wipe: "wipe", sides: "side by side", large: "two by two", film: "film of the order", mask: "paint the mask" };
  const group = `rl-view-${Math.random().toString(36).slice(2)}`;
  const show = () => {
    for (const view of Object.values(views)) view.root.hidden = view !== views[mode];
    views.sides.root.classList.toggle("rl-twobytwo", mode === "large");
    if (mode !== "film") views.film.stop();
    if (mode === "mask") views.mask.view.changed();
    where.hidden = mode === "mask";
    pictures.chosen();
  };
  const modes = Object.entries(names).map(([name, text]) => make("label", {}, make("input", { type: "radio", name: group, value: name, checked: name === mode,
    onchange: () => ((mode = name), show()) }), text));
  const where = make("span", { class: "rl-unit" });
  const zoom = (text, label, to) => make("button", { type: "button", "aria-label": label, title: label, onclick: () => {
    const one = mode === "mask" ? views.mask.view : pictures;
    one.setZoom(to(one.zoom));
  } }, text);
  const tools = make("div", { class: "rl-tools" }, make("fieldset", {}, make("legend", {}, "view"), ...modes),
    make("span", { class: "rl-row" }, zoom("−", "zoom out", (now) => now / 1.5), zoom("+", "zoom in", (now) => now * 1.5), zoom("fit", "whole picture", () => 1)), where);
  pictures.listeners.push(() => {
    const at = pictures.hover;
    where.textContent = at ? `row ${at[1]}, column ${at[0]}` : "drag to move, Ctrl + wheel to zoom, click for why";
  });
  show();
  return make("div", { class: "rl-views" }, tools, ...new Set(Object.values(views).map((view) => view.root)));
}
