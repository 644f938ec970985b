// Own photos: a column of controls, a column of pictures.

export default {
  render({ model, el }) {
    const end = new AbortController();
    const { signal } = end;
    el.classList.add("rl-page", "rl-own");
    const progress = buildProgress(model, () => stop(), signal);
    const { send, ask, sendScene, stop } = buildSending(model, progress.sent, signal, (name) => refocusing.saved(name));
    const leaving = buildLeaving(model, signal);
    const view = new View(model, signal, { names: Object.keys(model.get("labels")), kind: "jpeg", sized: "size" });
    const brush = new Brush(view, signal);
    const looks = buildLooks(view, brush, signal);
    looks.root.prepend(progress.error);
    const refocusing = buildRefocus(model, progress, ask, signal);
    const later = make("div", { class: "ro-later" }, section("3", "What to refocus", ...buildTools(model, brush, () => looks.show("mask"), signal, looks.hint)), refocusing.root);
    follow(model, ["mask", "fits"], () => {
      const ready = bytesOf(model.get("mask")) !== null;
      el.dataset.ready = String(ready);
      later.hidden = !ready || !model.get("fits");
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
      const files = [...event.dataTransfer.files];
      if (files.length) leaving.careful("Another photo", () => send(files, there ? "focused" : "misfocused"), there);
    });
    el.append(make("div", { class: "ro-main-grid" },
      make("div", { class: "ro-first" }, buildPhotos(model, send, sendScene, leaving.careful, signal), buildFit(model, looks, progress, leaving.careful, signal)), looks.root, later), leaving.root);
    keepInSight(el, signal);
    return () => end.abort();
  },
};
