// Pictures: decoded once, drawn in any number of panes that share one zoom and one selected pixel.

const MOST_ZOOM = 40;

class Pictures {
  constructor(model, signal) {
    this.model = model;
    this.bitmaps = {};
    this.listeners = [];
    this.zoom = 1;
    this.center = null; // in pixels of the photo; null: its middle
    this.hover = null;
    const asked = {};
    for (const name of model.get("all_pictures")) this.watch(name, asked, signal);
    follow(model, ["selected", "status", "why", "labels", "legends"], () => this.changed(), signal);
  }

  watch(name, asked, signal) {
    const trait = `png_${name}`;
    follow(this.model, [trait], async () => {
      const bytes = bytesOf(this.model.get(trait));
      if (!bytes) return;
      const mine = (asked[name] = (asked[name] || 0) + 1);
      const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      if (mine !== asked[name]) return; // a newer one is on its way
      this.bitmaps[name] = bitmap;
      this.changed();
    }, signal);
  }

  changed() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.listeners.forEach((draw) => draw()));
  }

  // The size of U, which all pictures but the focused one share.
  size() {
    const one = this.bitmaps.refocused || this.bitmaps.misfocused || Object.values(this.bitmaps)[0];
    return one ? [one.width, one.height] : null;
  }

  setZoom(zoom, about) {
    const [width, height] = this.size() || [1, 1];
    const [cx, cy] = this.center || [width / 2, height / 2];
    const next = Math.min(MOST_ZOOM, Math.max(1, zoom));
    const [x, y] = about || (this.model.get("selected").length ? [this.model.get("selected")[1], this.model.get("selected")[0]] : [cx, cy]);
    const keep = about ? this.zoom / next : 0;
    this.center = about ? [x + (cx - x) * keep, y + (cy - y) * keep] : [x, y];
    this.zoom = next;
    if (next === 1) this.center = null;
    this.changed();
  }

  // A person has chosen other pictures: ask for them.
  chosen() {
    this.onchosen?.();
    this.changed();
  }

  select(y, x) {
    const size = this.size();
    if (!size) return;
    this.model.set("selected", [Math.min(size[1] - 1, Math.max(0, y)), Math.min(size[0] - 1, Math.max(0, x))]);
    this.model.save_changes();
  }
}

// One canvas. paint(context, place) draws its picture; place(x, y) maps photo to canvas.
class Pane {
  constructor(pictures, label, { ondrag = null, marks = () => [] } = {}) {
    this.pictures = pictures;
    this.marks = marks;
    this.canvas = make("canvas", { class: "rl-canvas", tabindex: 0, role: "application", "aria-label": label });
    this.listen(ondrag);
  }

  // What a pixel of U is here: more or less than one where the picture, a focused photo, has its own size.
  // Such a picture lies whole in the pane, and is enlarged about the same part of it.
  ratios() {
    const [whole, own] = [this.pictures.size(), this.own || this.pictures.size()];
    return [own[0] / whole[0], own[1] / whole[1]];
  }

  // Whether its pixels are not those of U, which alone can be selected.
  foreign() {
    return this.ratios().some((ratio) => ratio !== 1);
  }

  // Scale and offset from picture to canvas, in CSS pixels.
  geometry() {
    const { clientWidth: w, clientHeight: h } = this.canvas;
    const [whole, [rx, ry]] = [this.pictures.size(), this.ratios()];
    const scale = Math.min(w / (whole[0] * rx), h / (whole[1] * ry)) * this.pictures.zoom;
    const [cx, cy] = this.pictures.center || [whole[0] / 2, whole[1] / 2];
    return { scale, left: w / 2 - cx * rx * scale, top: h / 2 - cy * ry * scale, w, h };
  }

  // Where an event happened, in pixels of U.
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const [{ scale, left, top }, [rx, ry]] = [this.geometry(), this.ratios()];
    return [(event.clientX - box.left - left) / scale / rx, (event.clientY - box.top - top) / scale / ry];
  }

  // Begin a drawing: the context, scaled to CSS pixels; null while there is nothing to draw.
  begin(bitmap) {
    this.own = bitmap ? [bitmap.width, bitmap.height] : null;
    const size = this.pictures.size();
    const { clientWidth: w, clientHeight: h } = this.canvas;
    if (!size || !w) return null;
    const dots = window.devicePixelRatio || 1;
    this.canvas.style.aspectRatio = `${size[0]} / ${size[1]}`;
    this.canvas.parentElement.style.setProperty("--rl-aspect", size[0] / size[1]);
    if (this.canvas.width !== Math.round(w * dots) || this.canvas.height !== Math.round(h * dots)) {
      this.canvas.width = Math.round(w * dots);
      this.canvas.height = Math.round(h * dots);
    }
    const context = this.canvas.getContext("2d");
    context.setTransform(dots, 0, 0, dots, 0, 0);
    context.clearRect(0, 0, w, h);
    const g = this.geometry();
    context.imageSmoothingEnabled = g.scale < 1;
    context.imageSmoothingQuality = "high";
    return [context, g];
  }

  picture(context, g, bitmap) {
    if (bitmap) context.drawImage(bitmap, g.left, g.top, bitmap.width * g.scale, bitmap.height * g.scale);
  }

  // Boxes round pixels, legible on any ground: dark under light.
  finish(context, g, isRefocused) {
    const box = (x, y, w, h, light, dash = []) => {
      const rect = [g.left + x * g.scale - 1, g.top + y * g.scale - 1, w * g.scale + 2, h * g.scale + 2];
      context.setLineDash([]);
      context.lineWidth = 4;
      context.strokeStyle = "rgba(0,0,0,0.75)";
      context.strokeRect(...rect);
      context.setLineDash(dash);
      context.lineWidth = 1.5;
      context.strokeStyle = light;
      context.strokeRect(...rect);
      context.setLineDash([]);
    };
    const square = this.pictures.model.get("status").square || [];
    if (isRefocused && square.length) {
      const [top, left, h, w] = square;
      box(left, top, w, h, "#fff", [5, 4]);
      context.font = "12px sans-serif";
      const [x, y] = [g.left + left * g.scale, Math.max(0, g.top + top * g.scale - 20)];
      context.fillStyle = "rgba(0,0,0,0.75)";
      context.fillRect(x - 2, y, 54, 17);
      context.fillStyle = "#fff";
      context.fillText("preview", x + 4, y + 13);
    }
    const around = (x, y, light) => {
      const reach = Math.max(0, 5 / g.scale - 0.5);
      box(x - reach, y - reach, 1 + 2 * reach, 1 + 2 * reach, light);
    };
    for (const [y, x, light] of this.marks()) around(x, y, light);
    const hover = this.pictures.hover;
    if (hover && !this.foreign()) around(hover[0], hover[1], "#9ecbff");
  }

  listen(ondrag) {
    const { canvas, pictures } = this;
    let from = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      from = { x: event.clientX, y: event.clientY, moved: false, center: pictures.center };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!pictures.size()) return;
      pictures.hover = this.foreign() ? null : this.at(event).map(Math.floor);
      if (from) {
        from.moved ||= Math.hypot(event.clientX - from.x, event.clientY - from.y) > 3;
        if (from.moved && ondrag && !event.shiftKey) ondrag(event);
        else if (from.moved && pictures.zoom > 1) {
          const [w, h] = pictures.size();
          const [cx, cy] = from.center || [w / 2, h / 2];
          const [{ scale }, [rx, ry]] = [this.geometry(), this.ratios()];
          pictures.center = [cx - (event.clientX - from.x) / scale / rx, cy - (event.clientY - from.y) / scale / ry];
        }
      }
      pictures.changed();
    });
    canvas.addEventListener("pointerup", (event) => {
      if (from && !from.moved && pictures.size() && !this.foreign()) {
        const [x, y] = this.at(event);
        pictures.select(Math.floor(y), Math.floor(x));
      }
      from = null;
    });
    canvas.addEventListener("pointerleave", () => {
      pictures.hover = null;
      pictures.changed();
    });
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
      event.preventDefault();
      if (pictures.size()) pictures.setZoom(pictures.zoom * Math.exp(-event.deltaY / 300), this.at(event));
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const step = event.shiftKey ? 10 : 1;
      const moves = { ArrowLeft: [0, -step], ArrowRight: [0, step], ArrowUp: [-step, 0], ArrowDown: [step, 0] };
      const size = pictures.size();
      if (!size) return;
      if (event.key in moves) {
        const [y, x] = pictures.model.get("selected").length
          ? pictures.model.get("selected") : [Math.floor(size[1] / 2), Math.floor(size[0] / 2)];
        pictures.select(y + moves[event.key][0], x + moves[event.key][1]);
      } else if (event.key === "+" || event.key === "=") pictures.setZoom(pictures.zoom * 1.5);
      else if (event.key === "-") pictures.setZoom(pictures.zoom / 1.5);
      else if (event.key === "0") pictures.setZoom(1);
      else return;
      event.preventDefault();
    });
    new ResizeObserver(() => pictures.changed()).observe(canvas);
  }
}
