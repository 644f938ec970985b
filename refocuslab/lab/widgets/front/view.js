// One canvas in the pixels of the misfocused photo: pictures laid over each other, one zoom for all.
// Python may send small pictures; where one looks closely, it is asked for the part at full size.

const CLOSEST = 16; // CSS pixels of a photo's pixel, at most
const REST = 150; // milliseconds without a move before a part at full size is asked for

class View {
  // names: of the pictures; kind: "jpeg" or "png"; sized: the trait that has the photo's width and height, of
  // which the pictures may be smaller; without one, they have its size.
  constructor(model, signal, { names, kind, sized = null }) {
    Object.assign(this, { model, kind, sized });
    this.small = {};
    this.parts = {};
    this.zoom = 1;
    this.center = null;
    this.serial = 0;
    this.painters = [];
    this.wanted = () => [];
    this.canvas = make("canvas", { class: "ro-canvas", tabindex: 0, role: "application", "aria-label": "photo" });
    this.context = this.canvas.getContext("2d");
    for (const name of names) this.watch(name, signal);
    const hear = (told, buffers) => told.kind === "part" && this.took(told, buffers);
    model.on("msg:custom", hear);
    if (sized) follow(model, [sized], () => this.whole(), signal);
    const resized = new ResizeObserver(() => this.changed());
    resized.observe(this.canvas);
    signal.addEventListener("abort", () => (model.off("msg:custom", hear), resized.disconnect()));
    this.canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
      event.preventDefault();
      this.setZoom(this.zoom * Math.exp(-event.deltaY / 300), this.at(event));
    }, { passive: false });
  }

  whole() {
    this.zoom = 1;
    this.center = null;
    this.changed();
  }

  watch(name, signal) {
    let latest = 0;
    const trait = `${this.kind}_${name}`;
    follow(this.model, [trait], async () => {
      const mine = ++latest;
      const bytes = bytesOf(this.model.get(trait));
      const bitmap = bytes && (await createImageBitmap(new Blob([bytes], { type: `image/${this.kind}` })));
      if (mine !== latest) return;
      const before = this.size;
      this.small[name] = bitmap;
      if (!this.sized && `${before}` !== `${this.size}`) this.whole();
      delete this.parts[name];
      this.onpicture?.(name);
      this.changed();
    }, signal);
  }

  async took(told, buffers) {
    if (told.serial !== this.serial) return;
    const bitmaps = await Promise.all(buffers.map((bytes) => createImageBitmap(new Blob([bytes], { type: "image/jpeg" }))));
    if (told.serial !== this.serial) return;
    told.pictures.forEach((name, i) => (this.parts[name] = { bitmap: bitmaps[i], box: told.boxes[i] }));
    this.canvas.dataset.closely = told.pictures.join(" ");
    this.changed();
  }

  get size() {
    if (!this.sized) return this.small.misfocused ? [this.small.misfocused.width, this.small.misfocused.height] : null;
    const size = this.model.get(this.sized);
    return size.length ? size : null;
  }

  // Scale and offset from the photo to the canvas, in CSS pixels.
  geometry() {
    const { clientWidth: w, clientHeight: h } = this.canvas;
    const [width, height] = this.size;
    const scale = Math.min(w / width, h / height) * this.zoom;
    const [cx, cy] = this.center || [width / 2, height / 2];
    return { scale, left: w / 2 - cx * scale, top: h / 2 - cy * scale, w, h };
  }

  // Where an event happened, in pixels of the photo.
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const { scale, left, top } = this.geometry();
    return [(event.clientX - box.left - left) / scale, (event.clientY - box.top - top) / scale];
  }

  setZoom(zoom, about) {
    if (!this.size) return;
    const [width, height] = this.size;
    const fit = this.geometry().scale / this.zoom;
    const next = Math.min(Math.max(1, CLOSEST / fit), Math.max(1, zoom));
    const [cx, cy] = this.center || [width / 2, height / 2];
    const [x, y] = about || [cx, cy];
    const keep = this.zoom / next;
    this.center = next === 1 ? null : [x + (cx - x) * keep, y + (cy - y) * keep];
    this.zoom = next;
    this.changed();
  }

  // One pixel of the photo to one of the screen.
  setFull() {
    if (this.size) this.setZoom(this.zoom / this.geometry().scale / (window.devicePixelRatio || 1));
  }

  pan(dx, dy) {
    if (this.zoom === 1 || !this.size) return;
    const [width, height] = this.size;
    const { scale } = this.geometry();
    const [cx, cy] = this.center || [width / 2, height / 2];
    this.center = [Math.min(width, Math.max(0, cx - dx / scale)), Math.min(height, Math.max(0, cy - dy / scale))];
    this.changed();
  }

  changed() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.ask(), REST);
  }

  // Ask for what is seen at full size, where the small pictures have less.
  ask() {
    const names = this.wanted().filter((name) => this.small[name]);
    if (!this.size || !names.length || !this.canvas.clientWidth) return;
    const g = this.geometry();
    const dots = window.devicePixelRatio || 1;
    if (g.scale * dots <= (1.05 * this.small[names[0]].width) / this.size[0]) return;
    if (this.small[names[0]].width >= this.size[0]) return; // it is at full size already
    const ends = [[-g.left, this.size[0]], [g.w - g.left, this.size[0]], [-g.top, this.size[1]], [g.h - g.top, this.size[1]]]
      .map(([at, most]) => Math.min(most, Math.max(0, at / g.scale)));
    const [left, top] = [Math.floor(ends[0]), Math.floor(ends[2])];
    const box = [top, left, Math.ceil(ends[3]) - top, Math.ceil(ends[1]) - left];
    const asked = JSON.stringify([box, names, names.map((name) => name in this.parts)]);
    if (asked === this.asked) return;
    this.asked = JSON.stringify([box, names, names.map(() => true)]);
    this.serial += 1;
    this.model.send({ kind: "look", serial: this.serial, pictures: names, box });
  }

  draw() {
    const { canvas, context } = this;
    const size = this.size;
    canvas.hidden = !size;
    if (!size) return;
    const wide = canvas.parentElement.clientWidth;
    canvas.style.height = `${Math.round(Math.min((wide * size[1]) / size[0], Math.max(320, 0.74 * window.innerHeight)))}px`;
    const { clientWidth: w, clientHeight: h } = canvas;
    if (!w) return;
    const dots = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(w * dots) || canvas.height !== Math.round(h * dots)) {
      canvas.width = Math.round(w * dots);
      canvas.height = Math.round(h * dots);
    }
    context.setTransform(dots, 0, 0, dots, 0, 0);
    context.clearRect(0, 0, w, h);
    context.imageSmoothingEnabled = this.geometry().scale < 2;
    context.imageSmoothingQuality = "high";
    this.painters.forEach((paint) => paint(context, this.geometry()));
  }

  // Draw a picture, the part at full size over the small one.
  picture(context, g, name) {
    const bitmap = this.small[name];
    if (!bitmap) return false;
    const [width, height] = this.size;
    context.drawImage(bitmap, g.left, g.top, width * g.scale, height * g.scale);
    const part = this.parts[name];
    if (part && g.scale * width > bitmap.width) {
      const [top, left, high, wide] = part.box;
      context.drawImage(part.bitmap, g.left + left * g.scale, g.top + top * g.scale, wide * g.scale, high * g.scale);
    }
    return true;
  }
}

// A line that is legible on any ground.
function legible(context, trace, dash = []) {
  for (const [width, style, dashes] of [[3.5, "rgba(0,0,0,0.75)", []], [1.5, "#fff", dash]]) {
    context.beginPath();
    trace();
    context.setLineDash(dashes);
    context.lineWidth = width;
    context.strokeStyle = style;
    context.stroke();
  }
  context.setLineDash([]);
}
