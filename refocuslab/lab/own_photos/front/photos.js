// The photos: dropped, chosen, listed with what was read of them.

function section(number, title, ...children) {
  return make("section", { class: "ro-step", "aria-label": title }, make("h3", {}, make("span", { class: "ro-number" }, number), title), ...children);
}

function buildPhotos(model, send, sendScene, signal) {
  const list = make("ul", { class: "ro-photos" });
  const zone = (role, title, about, several) => {
    const input = make("input", { type: "file", accept: "image/*,.tif,.tiff,.heic,.heif,.webp,.dng,.nef,.cr2,.cr3,.arw,.raf,.orf,.rw2,.pef,.srw", multiple: several, "data-role": role, "aria-label": title, onchange: () => {
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
      const swap = photo.role === "focused" && make("button", { type: "button", "aria-label": `repair ${photo.name} instead`, onclick: () => model.send({ kind: "swap", id: photo.id }) }, "repair this one");
      const remove = make("button", { type: "button", "aria-label": `remove ${photo.name}`, onclick: () => model.send({ kind: "remove", id: photo.id }) }, "remove");
      return make("li", { "data-role": photo.role }, make("img", { src, alt: "" }),
        make("div", {}, make("div", { class: "ro-name", title: photo.name }, make("strong", {}, photo.role === "misfocused" ? "To repair: " : "In focus: "), photo.name),
          make("div", { class: "rl-note" }, photo.told), ...photo.doubts.map((text) => make("div", { class: "rl-note" }, `Note: ${text}.`)),
          make("div", { class: "ro-buttons" }, remove, swap || null)));
    }));
  }, signal);
  const root = section("1", "Your photos", make("div", { class: "ro-zones" }, ...zones), list);
  // Beside the heading, where it takes no height from what comes below.
  root.firstChild.after(make("div", { class: "ro-open" }, buildOpenScene(sendScene, "open a saved scene …")));
  return root;
}
