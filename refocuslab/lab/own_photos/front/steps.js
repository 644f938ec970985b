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

function buildFit(model, looks, progress, careful, signal) {
  const good = make("p", { class: "ro-good" });
  follow(model, ["found", "advice"], () => {
    good.textContent = model.get("found").length && !model.get("advice").length ? "Yes." : "";
  }, signal);
  const look = (text, name) => make("button", { type: "button", onclick: () => looks.show(name) }, text);
  const looked = { jpeg_aligned: look("blink", "blink"), jpeg_difference: look("difference", "difference") };
  const buttons = make("div", { class: "ro-buttons" }, ...Object.values(looked));
  for (const [trait, button] of Object.entries(looked)) follow(model, [trait], () => (button.hidden = !bytesOf(model.get(trait))), signal);
  const row = make("div", { class: "rl-row" }, good, buttons);
  const next = make("p", { class: "ro-next" });
  follow(model, ["fits", "advice", "photos"], () => {
    const other = model.get("advice").some((one) => one.about === "swapped") && model.get("photos").find((photo) => photo.role === "focused");
    next.replaceChildren(...(other ? [buildSwap(model, other, careful)] : model.get("fits") ? [] : ["Nothing can be refocused with these photos. Remove the wrong one above, and give another."]));
  }, signal);
  const root = section("2", "Do they fit?", progress.places[0], doubtList(model, "advice", "advice", signal), next, row,
    folded(model, "found", "what was found", signal));
  root.classList.add("ro-fit");
  progress.follow(() => {
    root.hidden = model.get("photos").length < 2 && !progress.active();
    row.hidden = !model.get("found").length;
  });
  return root;
}

function buildRefocus(model, progress, ask, signal) {
  const button = make("button", { type: "button", class: "ro-act", onclick: () => model.send({ kind: "refocus" }) }, "Refocus");
  const save = (text, what) => make("button", { type: "button", "data-save": what, class: what === "picture" ? "ro-act" : null, onclick: () => ask({ kind: "save", what }) }, text);
  const picture = save("Save the picture", "picture"), scene = save("scene (ZIP)", "scene"), notebook = save("notebook to make it again", "notebook");
  const forecast = make("p", { class: "rl-note", role: "status" }), stale = make("p", { class: "rl-note" }), given = make("p", { class: "ro-given", role: "status" });
  follow(model, ["status", "painted", "stale", "found", "forecast"], () => {
    const { busy, work } = model.get("status");
    const refocusing = busy && work === "refocusing", checking = !model.get("found").length;
    button.disabled = busy || checking || !model.get("painted").any;
    button.textContent = refocusing ? "Refocusing …" : model.get("stale") ? "Refocus again" : "Refocus";
    forecast.textContent = refocusing ? "You may go on painting: this run keeps the mask that it began with."
      : busy && checking ? "You may paint already; refocusing can begin when the check is done." : model.get("forecast");
  }, signal);
  follow(model, ["jpeg_refocused", "mask", "stale"], () => {
    // What comes next stands out.
    const made = bytesOf(model.get("jpeg_refocused")) !== null && !model.get("stale");
    button.classList.toggle("ro-main", !made);
    picture.classList.toggle("ro-main", made);
    picture.disabled = notebook.disabled = !bytesOf(model.get("jpeg_refocused"));
    scene.disabled = !bytesOf(model.get("mask"));
    stale.textContent = model.get("stale") ? "Mask or blur have been changed since: this is the picture before." : "";
    given.textContent = "";
  }, signal);
  const root = section("4", "Refocus and save", make("div", { class: "ro-buttons ro-row" }, button, picture), given, progress.places[1], forecast, stale,
    doubtList(model, "doubts", "doubts", signal), buildBlur(model, signal), make("div", { class: "ro-buttons" }, scene, notebook), folded(model, "notes", "how it was made", signal));
  return { root, saved: (name) => (given.textContent = `Given to your browser as ${name}.`) };
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

// `stop` ends what is being sent.
function buildProgress(model, stop, signal) {
  const bar = make("progress", { max: 1, value: 0, "aria-label": "progress" });
  const told = make("span", { class: "rl-told", role: "status" });
  const cancel = make("button", { type: "button", onclick: () => (stop(), model.send({ kind: "cancel" })) }, "Cancel");
  const again = make("button", { type: "button", onclick: () => model.send({ kind: "check" }) }, "Check the photos again");
  const error = make("p", { class: "rl-error", role: "alert" });
  const row = make("div", { class: "rl-row" }, bar, cancel);
  const root = make("div", { class: "ro-progress" }, row, told, again);
  // It stands where the work was asked for: below the photos, or below the button. So does what came of it.
  const places = [make("div"), make("div")];
  const words = { reading: "reading", checking: "checking", refocusing: "refocusing" };
  const followers = [];
  let sending = null, busy = false;
  const tell = () => {
    const status = model.get("status");
    busy = status.busy || sending !== null;
    const place = places[status.work === "refocusing" ? 1 : 0];
    if (root.parentNode !== place) place.append(root);
    row.hidden = !busy;
    if (status.busy && status.share > 0) bar.value = status.share;
    else if (sending !== null) bar.value = sending;
    else bar.removeAttribute("value");
    const left = status.left >= 1 ? `, about ${status.left < 100 ? `${Math.round(status.left)} s` : `${Math.round(status.left / 60)} min`} left` : "";
    told.textContent = status.busy ? `${status.stage || words[status.work]} … ${status.share ? `${Math.round(100 * status.share)} %${left}` : ""}` : sending !== null ? "bringing the photos here …" : status.message;
    error.textContent = status.error;
    const photos = model.get("photos");
    again.hidden = busy || photos.length < 2 || model.get("found").length > 0 || !photos.some((photo) => photo.role === "misfocused");
    root.hidden = !busy && !told.textContent && again.hidden;
    followers.forEach((tell_) => tell_());
  };
  follow(model, ["status", "photos", "found"], tell, signal);
  return { error, places, active: () => busy, follow: (tell_) => (followers.push(tell_), tell_()), sent: (share) => ((sending = share), tell()) };
}
