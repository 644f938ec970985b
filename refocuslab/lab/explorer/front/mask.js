// The mask, painted over the misfocused photo.

function buildMask(pictures, signal) {
  const { model } = pictures;
  const view = new View(model, signal, { names: ["misfocused"], kind: "png" });
  const brush = new Brush(view, signal);
  view.wanted = () => [];
  view.painters.unshift((context, g) => view.picture(context, g, "misfocused"));
  view.canvas.setAttribute("aria-label", "the misfocused photo with its mask; arrow keys move the brush, space paints, B brush, E eraser, O outline, square brackets size, Ctrl+Z undo, plus and minus zoom");
  const use = make("button", { type: "button", class: "rl-primary", onclick: () => model.send({ kind: "use mask" }) }, "Refocus in this mask");
  const forecast = make("span", { class: "rl-note", role: "status" });
  const root = make("div", { class: "rl-masking" },
    make("div", { class: "ro-stage" }, view.canvas),
    make("div", { class: "rl-masktools" }, ...buildTools(model, brush, () => brush.set({ shown: true }), signal),
      make("div", { class: "rl-row rl-keep" }, use, forecast)));
  follow(model, ["painted"], () => {
    const painted = model.get("painted");
    use.disabled = !painted.new;
    forecast.textContent = painted.forecast || "";
    root.dataset.painted = painted.told || "";
    root.dataset.undo = painted.undo ?? 0;
  }, signal);
  view.painters.push(() => root.style.setProperty("--rl-aspect", view.size[0] / view.size[1]));
  brush.set({ active: true });
  return { root, wanted: () => ["misfocused", "mask"], view };
}
