// What the canvas shows: the photo with its mask, the photos blinking, their difference, before and after.

const BLINK = 600; // milliseconds of each photo: slower than three changes a second

function buildLooks(view, brush, signal) {
  const { model, canvas } = view;
  const group = `ro-look-${Math.random().toString(36).slice(2)}`;
  const caption = make("span", { class: "rl-told" }), hint = make("span", { class: "rl-told" });
  let now = "mask", second = false, timer = null;

  const divider = make("input", { type: "range", min: 0, max: 100, step: 0.5, value: 50, "aria-label": "place of the divider between before and after", oninput: () => view.changed() });
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const pause = make("button", { type: "button", onclick: () => blinking(!timer) }, "");
  const other = make("button", { type: "button", onclick: () => (blinking(false), (second = !second), view.changed()) }, "show the other");

  function blinking(on) {
    clearInterval(timer);
    timer = on ? setInterval(() => ((second = !second), view.changed()), BLINK) : null;
    pause.textContent = on ? "stop blinking" : "blink";
  }

  const looks = {
    mask: { label: "what to refocus", wanted: ["misfocused"], needs: "misfocused", says: "" },
    blink: { label: "blink", wanted: ["misfocused", "aligned"], needs: "aligned", tools: make("span", { class: "rl-row ro-left" }, pause, other), says: "" },
    difference: { label: "difference", wanted: ["difference"], needs: "difference", tools: make("span", { class: "rl-legend" }, "equal", make("i", { class: "ro-scale" }), "24 levels or more"),
      says: "Dark: the focused photo, blurred, agrees. Bright: sharp already in the photo to repair, or it does not fit." },
    wipe: { label: "before and after", wanted: ["misfocused", "refocused"], needs: "refocused", tools: divider, says: "Left: before. Right: after. Drag the line." },
  };
  const painters = {
    mask: (context, g) => view.picture(context, g, "misfocused"),
    blink: (context, g) => {
      view.picture(context, g, second ? "aligned" : "misfocused");
      label(context, 10, 24, second ? "in focus" : "to repair");
    },
    difference: (context, g) => view.picture(context, g, "difference"),
    wipe: (context, g) => {
      const at = (g.w * divider.value) / 100;
      view.picture(context, g, "misfocused");
      context.save();
      context.beginPath();
      context.rect(at, 0, g.w - at, g.h);
      context.clip();
      view.picture(context, g, "refocused");
      context.restore();
      legible(context, () => (context.moveTo(at, 0), context.lineTo(at, g.h)));
      if (at > 70) label(context, at - 60, 24, "before");
      if (g.w - at > 60) label(context, at + 12, 24, "after");
    },
  };
  view.painters.unshift((context, g) => painters[now](context, g));
  view.wanted = () => looks[now].wanted;
  view.ondrag = (event) => {
    if (now !== "wipe") return false;
    const box = canvas.getBoundingClientRect();
    const at = (100 * (event.clientX - box.left)) / box.width;
    if (event.type === "pointerdown" && view.zoom > 1 && Math.abs(at - divider.value) > (2000 / box.width)) return false; // beside the line, one moves the picture
    divider.value = at;
    view.changed();
    return true;
  };

  function label(context, x, y, text) {
    context.font = "600 13px system-ui, sans-serif";
    const { width } = context.measureText(text);
    context.fillStyle = "rgba(0,0,0,0.7)";
    context.fillRect(x - 5, y - 15, width + 10, 21);
    context.fillStyle = "#fff";
    context.fillText(text, x, y);
  }

  const tabs = Object.fromEntries(Object.entries(looks).map(([name, look]) => {
    const input = make("input", { type: "radio", name: group, value: name, checked: name === now, onchange: () => show(name) });
    return [name, { input, root: make("label", {}, input, look.label) }];
  }));

  function show(name) {
    now = name;
    tabs[name].input.checked = true;
    canvas.dataset.look = name;
    canvas.setAttribute("aria-label", name === "mask"
      ? "the photo to repair with its mask; arrow keys move the brush, space paints, B brush, E eraser, O outline, square brackets size, Ctrl+Z undo, plus and minus zoom"
      : `${looks[name].label}; plus and minus zoom, arrow keys move`);
    for (const [key, look] of Object.entries(looks)) if (look.tools) look.tools.hidden = key !== name;
    tell();
    blinking(name === "blink" && !still);
    view.changed();
  }

  function tell() {
    looks.blink.says = model.get("fits") ? "What jumps does not fit; what only grows sharp does." : "Both as they came: they could not be laid over each other.";
    caption.textContent = looks[now].says;
    hint.hidden = now !== "mask";
    brush.set({ active: now === "mask" && model.get("fits") });
  }

  // What is new is looked at; what is gone is not.
  function arrange() {
    for (const [name, look] of Object.entries(looks)) tabs[name].root.hidden = !view.small[look.needs] || (name === "mask" && !model.get("fits"));
    if (!view.small[looks[now].needs] && now !== "mask") show("mask");
  }
  view.onpicture = (name) => {
    arrange();
    if (!view.small[name]) return;
    if (name === "refocused") show("wipe");
  };
  // Where something is wrong, one sees it there.
  follow(model, ["fits", "advice"], () => {
    arrange();
    tell();
    if (now === "mask" && view.small.aligned && model.get("advice").some((one) => one.grave)) show("blink");
  }, signal);
  signal.addEventListener("abort", () => clearInterval(timer));

  const zoom = (text, name, to) => make("button", { type: "button", "aria-label": name, title: name, onclick: to }, text);
  const bar = make("div", { class: "ro-bar" },
    make("fieldset", {}, make("legend", {}, "look at"), ...Object.values(tabs).map((tab) => tab.root)),
    make("span", { class: "rl-row" }, zoom("−", "zoom out", () => view.setZoom(view.zoom / 1.5)), zoom("+", "zoom in", () => view.setZoom(view.zoom * 1.5)),
      zoom("fit", "whole picture", () => view.setZoom(1)), zoom("1:1", "a pixel of the photo to a pixel of the screen", () => view.setFull())));
  const below = make("div", { class: "ro-below" }, ...Object.values(looks).map((look) => look.tools).filter(Boolean), caption, hint);
  const empty = make("p", { class: "ro-empty" }, "Your photo will appear here. It stays on this machine.",
    inVoila() ? " Nothing is kept when this page is closed or loaded again: save what you want to keep." : "");
  follow(model, ["size"], () => {
    const there = model.get("size").length > 0;
    empty.hidden = there;
    bar.hidden = below.hidden = !there;
  }, signal);
  arrange();
  show(now);
  return { root: make("section", { class: "ro-view", "aria-label": "picture" }, bar, make("div", { class: "ro-stage" }, empty, canvas), below), show, hint };
}
