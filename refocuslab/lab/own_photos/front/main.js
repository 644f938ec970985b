// Own photos: a column of controls, a column of pictures.

export default {
  render({ model, el }) {
    const end = new AbortController();
    const { signal } = end;
    el.classList.add("rl-page", "rl-own");
    const progress = buildProgress(model, signal);
    const { send, ask, sendScene } = buildSending(model, progress.sent, signal);
    const view = new View(model, signal, { names: Object.keys(model.get("labels")), kind: "jpeg", sized: "size" });
    const brush = new Brush(view, signal);
    const looks = buildLooks(view, brush, signal);
    looks.root.prepend(progress.error);
    const later = make("div", { class: "ro-later" }, buildFit(model, looks, signal), section("3", "What to refocus", ...buildTools(model, brush, () => looks.show("mask"), signal)), buildRefocus(model, progress.places[1], signal), buildSaving(model, ask, signal));
    follow(model, ["mask"], () => {
      later.hidden = bytesOf(model.get("mask")) === null;
      el.dataset.ready = String(!later.hidden);
    }, signal);
    follow(model, ["status", "painted"], () => {
      const status = model.get("status");
      el.dataset.busy = status.busy;
      el.dataset.made = status.made;
      el.dataset.painted = model.get("painted").told || "";
      el.dataset.undo = model.get("painted").undo ?? 0;
    }, signal);
    // Dropped beside the zones: what is still missing.
    el.addEventListener("dragover", (event) => event.preventDefault());
    el.addEventListener("drop", (event) => {
      event.preventDefault();
      event.stopPropagation();
      const there = model.get("photos").some((photo) => photo.role === "misfocused");
      if (event.dataTransfer.files.length) send(event.dataTransfer.files, there ? "focused" : "misfocused");
    });
    el.append(make("div", { class: "ro-main-grid" },
      make("div", { class: "ro-first" }, buildPhotos(model, send, sendScene, signal), progress.places[0]), looks.root, later));
    keepInSight(el, signal);
    return () => end.abort();
  },
};
