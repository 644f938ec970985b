// The column of controls, from the photos to the saved picture.

function section(number, title, ...children) {
  return make("section", { class: "ro-step", "aria-label": title }, make("h3", {}, make("span", { class: "ro-number" }, number), title), ...children);
}

function buildPhotos(model, send, signal) {
  const list = make("ul", { class: "ro-photos" });
  const zone = (role, title, about, several) => {
    const input = make("input", { type: "file", accept: "image/*,.tif,.tiff,.heic,.heif,.webp", multiple: several, "data-role": role, "aria-label": title, onchange: () => {
      send(input.files, role);
      input.value = "";
    } });
    const root = make("label", { class: "ro-zone" }, input, make("strong", {}, title), make("span", { class: "rl-note" }, about));
    root.addEventListener("dragover", (event) => (event.preventDefault(), event.stopPropagation(), root.classList.add("ro-over")));
    root.addEventListener("dragleave", () => root.classList.remove("ro-over"));
    root.addEventListener("drop", (event) => {
      event.preventDefault();
      event.stopPropagation();
      root.classList.remove("ro-over");
      if (event.dataTransfer.files.length) send(event.dataTransfer.files, role);
    });
    return root;
  };
  const zones = [
    zone("misfocused", "Photo to repair", "Something in it is out of focus. Drop it here, or click. Both photos at once will do, too.", true),
    zone("focused", "Photo in focus", "The same thing, sharp: one photo or more, from nearly the same place.", true),
  ];
  let addresses = [];
  follow(model, ["photos"], () => {
    addresses.forEach((one) => URL.revokeObjectURL(one));
    addresses = [];
    const photos = model.get("photos");
    for (const [i, role] of ["misfocused", "focused"].entries()) zones[i].classList.toggle("ro-filled", photos.some((photo) => photo.role === role));
    list.replaceChildren(...[...photos].sort((a, b) => (a.role === "focused") - (b.role === "focused")).map((photo) => {
      const src = URL.createObjectURL(new Blob([bytesOf(photo.thumb)], { type: "image/jpeg" }));
      addresses.push(src);
      const swap = photo.role === "focused" && make("button", { type: "button", "aria-label": `repair ${photo.name} instead`, onclick: () => model.send({ kind: "swap", id: photo.id }) }, "repair this one");
      const remove = make("button", { type: "button", "aria-label": `remove ${photo.name}`, onclick: () => model.send({ kind: "remove", id: photo.id }) }, "remove");
      return make("li", { "data-role": photo.role }, make("img", { src, alt: "" }),
        make("div", {}, make("div", { class: "ro-name", title: photo.name }, make("strong", {}, photo.role === "misfocused" ? "To repair: " : "In focus: "), photo.name),
          make("div", { class: "rl-note" }, photo.told), ...photo.doubts.map((text) => make("div", { class: "rl-note" }, `Note: ${text}.`)),
          make("div", { class: "ro-buttons" }, remove, swap || null)));
    }));
  }, signal);
  return section("1", "Your photos", make("div", { class: "ro-zones" }, ...zones), list);
}

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
  follow(model, ["mask", "advice"], () => {
    good.textContent = bytesOf(model.get("mask")) && !model.get("advice").length ? "Yes." : "";
  }, signal);
  const look = (text, name) => make("button", { type: "button", onclick: () => looks.show(name) }, text);
  const buttons = make("div", { class: "ro-buttons" }, look("blink", "blink"), look("difference", "difference"));
  follow(model, ["jpeg_aligned"], () => (buttons.hidden = !bytesOf(model.get("jpeg_aligned"))), signal);
  return section("2", "Do they fit?", doubtList(model, "advice", "advice", signal), make("div", { class: "rl-row" }, good, buttons),
    folded(model, "found", "what was found", signal));
}

function buildMask(model, brush, looks, signal) {
  const group = `ro-tool-${Math.random().toString(36).slice(2)}`;
  const tools = [["brush", "brush (B)"], ["eraser", "eraser (E)"], ["outline", "outline (O)"], ["move", "move (H)"]].map(([name, text]) => {
    const input = make("input", { type: "radio", name: group, value: name, onchange: () => (brush.set({ tool: name }), looks.show("mask")) });
    return [name, input, make("label", {}, input, text)];
  });
  const size = make("input", { type: "range", min: -2.7, max: -0.5, step: 0.02, "aria-label": "size of brush and eraser", oninput: () => brush.set({ share: 10 ** Number(size.value) }) });
  const shown = make("input", { type: "checkbox", onchange: () => brush.set({ shown: shown.checked }) });
  const tell = () => {
    tools.forEach(([name, input]) => (input.checked = name === brush.tool));
    size.value = Math.log10(brush.share);
    shown.checked = brush.shown;
    hint.textContent = brush.tool === "outline" ? "Click the corners; a double click or Enter closes the outline, and with Shift cuts it out." : "";
  };
  const hint = make("p", { class: "rl-note" });
  brush.listeners.push(tell);
  const ask = (text, message) => make("button", { type: "button", onclick: () => (model.send(message), looks.show("mask")) }, text);
  const undo = ask("undo", { kind: "undo" }), redo = ask("redo", { kind: "redo" });
  const told = make("p", { class: "ro-told", role: "status" });
  const fills = [["reset", "the proposal"], ["all", "everything"], ["none", "nothing"], ["invert", "the rest"]].map(([text, to]) => ask(text, { kind: "fill", to }));
  follow(model, ["painted"], () => {
    const painted = model.get("painted");
    undo.disabled = !painted.undo;
    redo.disabled = !painted.redo;
    told.textContent = painted.told ? `${painted.told}.` : "";
  }, signal);
  tell();
  return section("3", "What to refocus", told,
    make("fieldset", { class: "ro-tools" }, make("legend", {}, "tool"), ...tools.map(([, , root]) => root)),
    make("div", { class: "rl-row" }, make("label", { class: "ro-size" }, "size", size), make("label", { class: "ro-shown" }, shown, "show (M)")), hint,
    make("div", { class: "ro-buttons", role: "group", "aria-label": "change the whole of it" }, undo, redo, ...fills));
}

function buildRefocus(model, progress, signal) {
  const forecast = make("p", { class: "rl-note", role: "status" });
  const button = make("button", { type: "button", class: "ro-main", onclick: () => model.send({ kind: "refocus" }) }, "Refocus");
  follow(model, ["forecast"], () => (forecast.textContent = model.get("forecast")), signal);
  follow(model, ["status", "painted", "stale"], () => {
    button.disabled = !model.get("painted").any || (model.get("status").busy && model.get("status").work !== "refocusing");
    button.textContent = model.get("stale") ? "Refocus again" : "Refocus";
  }, signal);
  return section("4", "Refocus", forecast, button, progress);
}

function buildSaving(model, ask, signal) {
  const save = (text, what) => make("button", { type: "button", "data-save": what, class: what === "picture" ? "ro-main" : null, onclick: () => ask(what) }, text);
  const picture = save("Save the picture", "picture"), scene = save("scene (ZIP)", "scene"), notebook = save("notebook to make it again", "notebook");
  const stale = make("p", { class: "rl-note" });
  follow(model, ["jpeg_refocused", "mask", "stale"], () => {
    picture.disabled = notebook.disabled = !bytesOf(model.get("jpeg_refocused"));
    scene.disabled = !bytesOf(model.get("mask"));
    stale.textContent = model.get("stale") ? "The mask has been changed since: this is the picture before." : "";
  }, signal);
  return section("5", "Take it home", doubtList(model, "doubts", "doubts", signal), stale, picture, make("div", { class: "ro-buttons" }, scene, notebook),
    folded(model, "notes", "how it was made", signal));
}

function buildProgress(model, signal) {
  const bar = make("progress", { max: 1, value: 0, "aria-label": "progress" });
  const told = make("span", { class: "rl-told", role: "status" });
  const cancel = make("button", { type: "button", onclick: () => model.send({ kind: "cancel" }) }, "Cancel");
  const again = make("button", { type: "button", onclick: () => model.send({ kind: "check" }) }, "Look at the photos again");
  const error = make("p", { class: "rl-error", role: "alert" });
  const row = make("div", { class: "rl-row" }, bar, cancel);
  const root = make("div", { class: "ro-progress" }, row, told, again);
  // It stands where the work was asked for: below the photos, or below the button.
  const places = [make("div"), make("div")];
  const words = { reading: "reading", checking: "looking how the photos fit", refocusing: "refocusing" };
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
    again.hidden = busy || photos.length < 2 || bytesOf(model.get("mask")) !== null || !photos.some((photo) => photo.role === "misfocused");
  };
  follow(model, ["status", "photos", "mask"], tell, signal);
  return { error, places, sent: (share) => ((sending = share), tell()) };
}
