// The photos: dropped, chosen, listed with what was read of them.

function section(number, title, ...children) {
  return make("section", { class: "ro-step", "aria-label": title }, make("h3", {}, make("span", { class: "ro-number" }, number), title), ...children);
}

// Of two photos the other one becomes the one to repair; of more, this one does.
function buildSwap(model, photo, careful) {
  const two = model.get("photos").length === 2;
  const text = two ? "swap the two" : "repair this one instead";
  return make("button", { type: "button", "aria-label": `${text}: ${photo.name} is to be repaired`, onclick: () => careful("To swap them", () => model.send({ kind: "swap", id: photo.id })) }, text);
}

function buildPhotos(model, send, sendScene, careful, signal) {
  const list = make("ul", { class: "ro-photos" });
  const take = (files, role) => {
    const chosen = [...files];
    const added = role === "focused" || !model.get("photos").length;
    if (chosen.length) careful("Another photo", () => send(chosen, role), added);
  };
  const zone = (role, title, about, several) => {
    const input = make("input", { type: "file", accept: "image/*,.tif,.tiff,.heic,.heif,.webp,.dng,.nef,.cr2,.cr3,.arw,.raf,.orf,.rw2,.pef,.srw", multiple: several, "data-role": role, "aria-label": title, onchange: () => {
      take(input.files, role);
      input.value = "";
    } });
    const root = make("label", { class: "ro-zone" }, input, make("strong", {}, title), make("span", { class: "rl-note" }, about));
    root.addEventListener("dragover", (event) => (event.preventDefault(), event.stopPropagation(), root.classList.add("ro-over")));
    root.addEventListener("dragleave", () => root.classList.remove("ro-over"));
    root.addEventListener("drop", (event) => {
      event.preventDefault();
      event.stopPropagation();
      root.classList.remove("ro-over");
      take(event.dataTransfer.files, role);
    });
    return root;
  };
  const zones = [
    zone("misfocused", "Photo to repair", "Something in it is out of focus. Drop it here, or click. You may drop both photos at once.", true),
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
      const remove = make("button", { type: "button", "aria-label": `remove ${photo.name}`, onclick: () => careful("To remove it", () => model.send({ kind: "remove", id: photo.id }), photo.role !== "misfocused") }, "remove");
      const role = { misfocused: "To repair: ", focused: "In focus: " }[photo.role] || "";
      return make("li", { "data-role": photo.role }, make("img", { src, alt: "" }),
        make("div", {}, make("div", { class: "rl-row" }, make("div", { class: "ro-name", title: photo.name }, make("strong", {}, role), photo.name), remove),
          make("div", { class: "rl-note" }, photo.told), ...photo.doubts.map((text) => make("div", { class: "rl-note" }, `Note: ${text}.`)),
          photo.role === "focused" ? make("div", { class: "ro-buttons" }, buildSwap(model, photo, careful)) : null));
    }));
  }, signal);
  const root = section("1", "Your photos", make("div", { class: "ro-zones" }, ...zones), list);
  // Beside the heading, where it takes no height from what comes below.
  root.firstChild.after(make("div", { class: "ro-open" }, buildOpenScene((files) => {
    const chosen = [...files];
    if (chosen.length) careful("Another scene", () => sendScene(chosen));
  }, "open a saved scene …")));
  return root;
}
