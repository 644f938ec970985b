// Earlier results, and what is taken along.

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

function buildCommands(model, ask, signal) {
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
  const saveScene = make("button", { type: "button", title: "the scene's folder, with the mask as it is painted", onclick: () => model.send({ kind: "save scene" }) }, "save as scene");
  const scene = make("button", { type: "button", title: "a ZIP file of the scene's folder, with the mask as it is painted", onclick: () => ask({ kind: "download scene" }) }, "download scene (ZIP)");
  follow(model, ["saves"], () => (save.hidden = saveScene.hidden = !model.get("saves")), signal);
  const download = make("button", { type: "button", onclick: () => {
    const link = make("a", { download: "refocused.png", href: URL.createObjectURL(new Blob([bytesOf(model.get("png_refocused"))], { type: "image/png" })) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  } }, "download picture");
  // A preview is no picture to keep.
  follow(model, ["status", "png_refocused"], () => {
    download.disabled = !bytesOf(model.get("png_refocused")) || (model.get("status").square || []).length > 0;
  }, signal);
  return make("section", { "aria-label": "away with it" }, make("h3", {}, "Away with it"), make("div", { class: "rl-row rl-keep" }, download, scene, save, saveScene), root);
}
