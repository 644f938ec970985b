// The tools that paint a mask: which one, its size, undo, and what changes all of it.

// `shown` is called where the mask must be seen for what was asked; `hint` says how an outline is drawn, if it has a
// place elsewhere.
function buildTools(model, brush, shown, signal, hint = null) {
  const group = `ro-tool-${Math.random().toString(36).slice(2)}`;
  const tools = [["brush", "brush (B)"], ["eraser", "eraser (E)"], ["outline", "outline (O)"], ["move", "move (H)"]].map(([name, text]) => {
    const input = make("input", { type: "radio", name: group, value: name, onchange: () => (brush.set({ tool: name }), shown()) });
    return [name, input, make("label", {}, input, text)];
  });
  const size = make("input", { type: "range", min: -2.7, max: -0.5, step: 0.02, "aria-label": "size of brush and eraser", oninput: () => brush.set({ share: 10 ** Number(size.value) }) });
  const seen = make("input", { type: "checkbox", onchange: () => brush.set({ shown: seen.checked }) });
  const tell = () => {
    tools.forEach(([name, input]) => (input.checked = name === brush.tool));
    size.value = Math.log10(brush.share);
    seen.checked = brush.shown;
    said.textContent = brush.tool === "outline" ? "Click the corners; a double click or Enter closes the outline, and with Shift cuts it out." : "";
  };
  const said = hint || make("p", { class: "rl-note" });
  brush.listeners.push(tell);
  const ask = (text, message) => make("button", { type: "button", onclick: () => (model.send(message), shown()) }, text);
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
  return [told,
    make("fieldset", { class: "ro-tools" }, make("legend", {}, "tool"), ...tools.map(([, , root]) => root)),
    make("div", { class: "rl-row" }, make("label", { class: "ro-size" }, "size", size), make("label", { class: "ro-shown" }, seen, "show (M)")), hint ? null : said,
    make("div", { class: "ro-buttons", role: "group", "aria-label": "change the whole of it" }, undo, redo, ...fills)].filter(Boolean);
}
