// The explorer: controls, pictures, scores, earlier results, the pixel, the commands.

function buildStatus(model, signal) {
  const bar = make("progress", { max: 1, value: 0, "aria-label": "progress" });
  const told = make("span", { class: "rl-told" });
  const cancel = make("button", { type: "button", onclick: () => model.send({ kind: "cancel" }) }, "Cancel");
  const message = make("p", { class: "rl-message", role: "status" });
  const root = make("div", { class: "rl-status" }, make("div", { class: "rl-row" }, bar, cancel), told, message);
  follow(model, ["status"], () => {
    const status = model.get("status");
    root.dataset.busy = status.busy;
    root.dataset.made = status.made ?? root.dataset.made ?? 0;
    bar.value = status.busy ? status.share : 0;
    bar.classList.toggle("rl-idle", !status.busy);
    cancel.disabled = !status.busy;
    const left = status.left >= 0.5 ? `, about ${status.left < 10 ? status.left.toFixed(1) : Math.round(status.left)} s left` : "";
    told.textContent = status.busy ? `${status.stage} … ${Math.round(100 * status.share)} %${left}` : "\u00a0";
    message.textContent = status.busy ? "" : status.message;
  }, signal);
  return root;
}

function buildScores(model, signal) {
  const body = make("tbody");
  const caption = make("caption");
  const table = make("table", { class: "rl-scores", "aria-label": "scores", "aria-live": "polite" }, caption, body);
  follow(model, ["scores"], () => {
    body.replaceChildren(...model.get("scores").map((row) => make("tr", { title: row.help },
      make("th", { scope: "row" }, row.name),
      make("td", { "data-score": row.name }, row.value), make("td", { class: "rl-unit" }, row.unit),
      make("td", { class: "rl-unit", title: "change from the picture before" }, row.change))));
  }, signal);
  follow(model, ["status", "scores"], () => {
    // A preview has no scores: those of the last whole picture stay, and say so.
    const stale = model.get("scores").length > 0 && (model.get("status").square || []).length > 0;
    table.classList.toggle("rl-stale", stale);
    caption.textContent = stale ? "Of the last whole picture" : "Of this picture";
  }, signal);
  return table;
}

// Which search made the picture, and the other one, a click away.
function buildSearch(model, form, signal) {
  const told = make("span");
  const choice = form.querySelector("[data-control=search]");
  const button = make("button", { type: "button", "data-other": "", onclick: () => {
    choice.value = button.dataset.other;
    choice.dispatchEvent(new Event("change"));
  } });
  const root = make("div", { class: "rl-row rl-search", "aria-live": "polite" }, told, button);
  follow(model, ["made_by"], () => {
    const coherent = model.get("made_by") === "coherent";
    root.hidden = !model.get("made_by");
    told.textContent = coherent ? "by coherent search, nearly the exact one" : `by ${model.get("made_by")} search`;
    button.dataset.other = coherent ? "exact" : "coherent";
    button.textContent = coherent ? "make it exact" : "coherent, faster";
  }, signal);
  return root;
}

// Why the last thing that was asked for is not possible: where one looks, above the pictures.
function buildError(model, signal) {
  const error = make("p", { class: "rl-error", role: "alert" });
  follow(model, ["status"], () => {
    const status = model.get("status");
    error.textContent = status.error && !status.busy ? `Not possible: ${status.error}` : "";
  }, signal);
  return error;
}

// Why the picture may be wrong, a line each with what to do; and what else is to be known of it.
function buildDoubts(model, signal) {
  const doubts = make("ul", { class: "rl-doubts", "aria-label": "doubts", "aria-live": "polite" });
  follow(model, ["doubts"], () => {
    doubts.replaceChildren(...model.get("doubts").map((one) => make("li", { class: one.grave ? "rl-grave" : null, "data-about": one.about },
      make("strong", {}, one.grave ? `Likely wrong (${one.about}): ` : `In doubt (${one.about}): `), one.text)));
  }, signal);
  follow(model, ["status"], () => doubts.classList.toggle("rl-stale", (model.get("status").square || []).length > 0), signal);
  return doubts;
}

function buildNotes(model, signal) {
  const notes = make("ul", { class: "rl-notes rl-note", "aria-label": "notes" });
  follow(model, ["notes"], () => notes.replaceChildren(...model.get("notes").map((note) => make("li", {}, note))), signal);
  return notes;
}

function buildStrip(model, signal) {
  const list = make("div", { class: "rl-strip", role: "list" });
  const kept = make("p", { class: "rl-note" });
  follow(model, ["kept"], () => (kept.textContent = model.get("kept")), signal);
  follow(model, ["strip"], () => {
    list.querySelectorAll("img").forEach((img) => URL.revokeObjectURL(img.src));
    list.replaceChildren(...model.get("strip").map((one) => {
      const src = URL.createObjectURL(new Blob([bytesOf(one.png)], { type: "image/png" }));
      return make("div", { role: "listitem" }, make("button", { type: "button", title: one.title, "aria-label": `bring back ${one.title}, ${one.text}`,
        "aria-pressed": String(one.now), "data-made": one.id, onclick: () => model.send({ kind: "recall", id: one.id }) },
        make("img", { src, alt: "" }), make("span", {}, one.text), make("small", {}, one.change || "\u00a0")));
    }));
    list.scrollLeft = list.scrollWidth;
  }, signal);
  return make("section", { "aria-label": "earlier results" }, make("h3", {}, "Earlier results"), list, kept);
}

function buildCommands(model, signal) {
  const root = make("div", { class: "rl-commands" });
  follow(model, ["commands"], () => {
    root.replaceChildren(...Object.entries(model.get("commands")).map(([name, text]) => {
      const code = make("pre", { tabindex: 0, "data-command": name }, text);
      const copy = make("button", { type: "button", onclick: async () => {
        try {
          await navigator.clipboard.writeText(text);
          copy.textContent = "copied";
        } catch {
          getSelection().selectAllChildren(code); // no clipboard without https: the text is marked instead
          copy.textContent = "marked; press Ctrl+C";
        }
        setTimeout(() => (copy.textContent = `copy as ${name}`), 2000);
      } }, `copy as ${name}`);
      return make("div", {}, copy, code);
    }));
  }, signal);
  const save = make("button", { type: "button", onclick: () => model.send({ kind: "save" }) }, "save picture, parameters and scores");
  follow(model, ["saves"], () => (save.hidden = !model.get("saves")), signal);
  const download = make("button", { type: "button", onclick: () => {
    const link = make("a", { download: "refocused.png", href: URL.createObjectURL(new Blob([bytesOf(model.get("png_refocused"))], { type: "image/png" })) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  } }, "download picture");
  // A preview is no picture to keep.
  follow(model, ["status", "png_refocused"], () => {
    download.disabled = !bytesOf(model.get("png_refocused")) || (model.get("status").square || []).length > 0;
  }, signal);
  return make("section", { "aria-label": "away with it" }, make("h3", {}, "Away with it"), make("div", { class: "rl-row rl-keep" }, download, save), root);
}

function buildViews(model, signal) {
  const pictures = new Pictures(model, signal);
  let mode = "sides";
  const views = { sides: buildSides(pictures, signal), wipe: buildWipe(pictures, signal), film: buildFilm(pictures, signal) };
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
  const names = { wipe: "wipe", sides: "side by side", large: "two by two", film: "film of the order" };
  const group = `rl-view-${Math.random().toString(36).slice(2)}`;
  const show = () => {
    for (const view of Object.values(views)) view.root.hidden = view !== views[mode];
    views.sides.root.classList.toggle("rl-twobytwo", mode === "large");
    if (mode !== "film") views.film.stop();
    pictures.chosen();
  };
  const modes = Object.entries(names).map(([name, text]) => make("label", {}, make("input", { type: "radio", name: group, value: name, checked: name === mode,
    onchange: () => ((mode = name), show()) }), text));
  const where = make("span", { class: "rl-unit" });
  const zoom = (text, label, to) => make("button", { type: "button", "aria-label": label, title: label, onclick: () => pictures.setZoom(to()) }, text);
  const tools = make("div", { class: "rl-tools" }, make("fieldset", {}, make("legend", {}, "view"), ...modes),
    make("span", { class: "rl-row" }, zoom("−", "zoom out", () => pictures.zoom / 1.5), zoom("+", "zoom in", () => pictures.zoom * 1.5), zoom("fit", "whole picture", () => 1)), where);
  pictures.listeners.push(() => {
    const at = pictures.hover;
    where.textContent = at ? `row ${at[1]}, column ${at[0]}` : "drag to move, Ctrl + wheel to zoom, click for why";
  });
  show();
  return make("div", { class: "rl-views" }, tools, ...new Set(Object.values(views).map((view) => view.root)));
}

export default {
  render({ model, el }) {
    const end = new AbortController();
    const { signal } = end;
    el.classList.add("rl-page", "rl-explorer");
    const form = buildForm(model, signal);
    el.append(
      make("div", { class: "rl-main" },
        make("div", { class: "rl-side" }, form, buildStatus(model, signal), buildScores(model, signal), buildSearch(model, form, signal)),
        make("div", { class: "rl-right" }, buildError(model, signal), buildDoubts(model, signal), buildViews(model, signal), buildNotes(model, signal), buildStrip(model, signal), buildPixel(model, signal), buildCommands(model, signal))));
    return () => end.abort();
  },
};
