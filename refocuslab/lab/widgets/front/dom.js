// Small things that the other parts share.

const TAKES_KEYS = ["input", "select", "button", "summary"];

// make("p", {class: "a", onclick: f}, "text", child): an element with attributes, listeners, children.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  // Or JupyterLab takes the arrow keys from a slider, and Enter from a button; it looks at the element itself.
  if (TAKES_KEYS.includes(tag) || "tabindex" in attributes) element.dataset.lmSuppressShortcuts = "true";
  element.append(...children.filter((child) => child != null));
  return element;
}

// The bytes of a traitlets.Bytes, which arrives as a DataView.
function bytesOf(view) {
  return view && view.byteLength ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength) : null;
}

// Call listener now and at each change of one of the traits; ends with `signal`.
function follow(model, traits, listener, signal) {
  for (const trait of traits) model.on(`change:${trait}`, listener);
  signal.addEventListener("abort", () => traits.forEach((trait) => model.off(`change:${trait}`, listener)));
  listener();
}

// A canvas that shows R, G, B bytes, `side` by `side` pixels, enlarged without smoothing.
function patchCanvas(view, side, label, size) {
  const canvas = make("canvas", { width: side, height: side, class: "rl-patch", role: "img", "aria-label": label, title: label });
  canvas.style.width = canvas.style.height = `${size}px`;
  const rgb = bytesOf(view);
  const data = new ImageData(side, side);
  for (let i = 0; i < side * side; i++) {
    data.data.set([rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2], 255], 4 * i);
  }
  canvas.getContext("2d").putImageData(data, 0, 0);
  return canvas;
}

// JupyterLab's "run all" ends at the last cell: until a hand moves, bring the page back into sight.
function keepInSight(el, signal) {
  if (!el.closest?.(".jp-Notebook") && !document.querySelector(".jp-Notebook")) return;
  const end = new AbortController();
  const stop = () => end.abort();
  signal.addEventListener("abort", stop);
  for (const kind of ["wheel", "keydown", "pointerdown", "touchstart"]) document.addEventListener(kind, stop, { capture: true, passive: true, signal: end.signal });
  const look = setInterval(() => {
    const box = el.getBoundingClientRect();
    if (box.height && (box.bottom < 100 || box.top > window.innerHeight - 100)) el.scrollIntoView({ block: "start" });
  }, 500);
  const last = setTimeout(stop, 60_000);
  end.signal.addEventListener("abort", () => (clearInterval(look), clearTimeout(last)));
}

const thousands = (n) => n.toLocaleString("en");
