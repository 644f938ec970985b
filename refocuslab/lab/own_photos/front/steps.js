// The column of controls, from how the photos fit to the saved picture.

function doubtList(model, trait, name, signal) {
  const list = make("ul", { class: "rl-doubts", "aria-label": name, "aria-live": "polite" });
  follow(model, [trait], () => {
    list.replaceChildren(...model.get(trait).map((one) => make("li", { class: one.grave ? "rl-grave" : null, "data-about": one.about }, one.text)));
  }, signal);
  return list;
}

// What one need not read: folded up, and absent where there is nothing in it.
function folded(model, trait, title, signal) {
  const list = make("ul", { class: "rl-notes rl-note", "aria-label": title });
  const root = make("details", {}, make("summary", {}, title), list);
  follow(model, [trait], () => {
    list.replaceChildren(...model.get(trait).map((text) => make("li", {}, text)));
    root.hidden = !model.get(trait).length;
  }, signal);
  return root;
}

function buildFit(model, looks, signal) {
  const good = make("p", { class: "ro-good" });
  follow(model, ["found", "advice"], () => {
    good.textContent = model.get("found").length && !model.get("advice").length ? "Yes." : "";
  }, signal);
  const look = (text, name) => make("button", { type: "button", onclick: () => looks.show(name) }, text);
  const looked = { jpeg_aligned: look("blink", "blink"), jpeg_difference: look("difference", "difference") };
  const buttons = make("div", { class: "ro-buttons" }, ...Object.values(looked));
  for (const [trait, button] of Object.entries(looked)) follow(model, [trait], () => (button.hidden = !bytesOf(model.get(trait))), signal);
  return section("2", "Do they fit?", doubtList(model, "advice", "advice", signal), make("div", { class: "rl-row" }, good, buttons),
    folded(model, "found", "what was found", signal));
}

function buildRefocus(model, progress, signal) {
  const forecast = make("p", { class: "rl-note", role: "status" });
  const button = make("button", { type: "button", class: "ro-main", onclick: () => model.send({ kind: "refocus" }) }, "Refocus");
  follow(model, ["forecast"], () => (forecast.textContent = model.get("forecast")), signal);
  follow(model, ["status", "painted", "stale", "found"], () => {
    button.disabled = !model.get("painted").any || !model.get("found").length || (model.get("status").busy && model.get("status").work !== "refocusing");
    button.textContent = model.get("stale") ? "Refocus again" : "Refocus";
  }, signal);
  return section("4", "Refocus", buildBlur(model, signal), forecast, button, progress);
}

// The blur that was measured, which those who know may set: a disk of so many pixels.
function buildBlur(model, signal) {
  const told = make("p", { class: "rl-note" });
  const picture = make("div", { class: "ro-kernel" });
  const diameter = make("input", { type: "number", min: 1, max: 200, step: "any", "aria-label": "diameter of the disk, in pixels", onchange: () => diameter.value && model.send({ kind: "blur", diameter: Number(diameter.value) }) });
  const back = make("button", { type: "button", onclick: () => model.send({ kind: "blur", diameter: null }) }, "as measured");
  const name = make("span");
  follow(model, ["blur"], () => {
    const blur = model.get("blur");
    told.textContent = blur.told || "";
    picture.replaceChildren(...(blur.kernel ? [patchCanvas(blur.kernel, blur.side, "the blur of a point", 72)] : []));
    diameter.value = blur.diameter || "";
    back.disabled = !blur.given;
    name.textContent = blur.diameter ? `Blur: ${blur.given ? "" : "about "}${Number(blur.diameter.toFixed(1))} pixels${blur.given ? ", as you say" : ""}` : "Blur";
  }, signal);
  return make("details", { class: "ro-blur" }, make("summary", {}, name),
    make("div", { class: "ro-blurred" }, picture, make("div", {}, told,
      make("div", { class: "ro-buttons" }, make("label", {}, "disk of ", diameter, " pixels"), back))));
}

function buildSaving(model, ask, signal) {
  const save = (text, what) => make("button", { type: "button", "data-save": what, class: what === "picture" ? "ro-main" : null, onclick: () => ask({ kind: "save", what }) }, text);
  const picture = save("Save the picture", "picture"), scene = save("scene (ZIP)", "scene"), notebook = save("notebook to make it again", "notebook");
  const stale = make("p", { class: "rl-note" });
  follow(model, ["jpeg_refocused", "mask", "stale"], () => {
    picture.disabled = notebook.disabled = !bytesOf(model.get("jpeg_refocused"));
    scene.disabled = !bytesOf(model.get("mask"));
    stale.textContent = model.get("stale") ? "Mask or blur have been changed since: this is the picture before." : "";
  }, signal);
  return section("5", "Take it home", doubtList(model, "doubts", "doubts", signal), stale, picture, make("div", { class: "ro-buttons" }, scene, notebook),
    folded(model, "notes", "how it was made", signal));
}

function buildProgress(model, signal) {
  const bar = make("progress", { max: 1, value: 0, "aria-label": "progress" });
  const told = make("span", { class: "rl-told", role: "status" });
  const cancel = make("button", { type: "button", onclick: () => model.send({ kind: "cancel" }) }, "Cancel");
  const again = make("button", { type: "button", onclick: () => model.send({ kind: "check" }) }, "Check the photos again");
  const error = make("p", { class: "rl-error", role: "alert" });
  const row = make("div", { class: "rl-row" }, bar, cancel);
  const root = make("div", { class: "ro-progress" }, row, told, again);
  // It stands where the work was asked for: below the photos, or below the button.
  const places = [make("div"), make("div")];
  const words = { reading: "reading", checking: "checking how the photos fit", refocusing: "refocusing" };
  let sending = null;
  const tell = () => {
    const status = model.get("status");
    const busy = status.busy || sending !== null;
    const place = places[status.work === "refocusing" || (!busy && status.made) ? 1 : 0];
    if (root.parentNode !== place) place.append(root);
    row.hidden = !busy;
    cancel.disabled = !status.busy;
    if (status.busy && status.share > 0) bar.value = status.share;
    else if (sending !== null) bar.value = sending;
    else bar.removeAttribute("value");
    const left = status.left >= 1 ? `, about ${status.left < 100 ? `${Math.round(status.left)} s` : `${Math.round(status.left / 60)} min`} left` : "";
    told.textContent = status.busy ? `${status.stage || words[status.work]} … ${status.share ? `${Math.round(100 * status.share)} %${left}` : ""}` : sending !== null ? "bringing the photos here …" : status.message;
    error.textContent = status.error;
    const photos = model.get("photos");
    again.hidden = busy || photos.length < 2 || model.get("found").length > 0 || !photos.some((photo) => photo.role === "misfocused");
  };
  follow(model, ["status", "photos", "found"], tell, signal);
  return { error, places, sent: (share) => ((sending = share), tell()) };
}
