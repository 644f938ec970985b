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

// Files on their way, and how far they have come.
function buildTransfers(model, signal) {
  const told = make("p", { class: "rl-note", role: "status", hidden: true });
  const { ask, sendScene } = buildSending(model, (share) => {
    told.hidden = share === null;
    told.textContent = share === null ? "" : `bringing the scene here … ${Math.round(100 * share)} %`;
  }, signal);
  return { ask, sendScene, sent: told };
}

export default {
  render({ model, el }) {
    const end = new AbortController();
    const { signal } = end;
    el.classList.add("rl-page", "rl-explorer");
    const { ask, sendScene, sent } = buildTransfers(model, signal);
    const form = buildForm(model, sendScene, signal);
    el.append(
      make("div", { class: "rl-main" },
        make("div", { class: "rl-side" }, form, sent, buildStatus(model, signal), buildScores(model, signal), buildSearch(model, form, signal)),
        make("div", { class: "rl-seen" }, buildError(model, signal), buildDoubts(model, signal), buildViews(model, signal)),
        make("div", { class: "rl-rest" }, buildNotes(model, signal), buildStrip(model, signal), buildPixel(model, signal), buildCommands(model, ask, signal))));
    keepInSight(el, signal);
    return () => end.abort();
  },
};
