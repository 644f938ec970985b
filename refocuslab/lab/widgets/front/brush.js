// The mask over the photo, and the tools that change it: brush, eraser, outline; by pointer and by keyboard.
// A stroke is seen at once; Python then says what the mask has become.

const TINT = [86, 180, 233]; // sky blue of Okabe and Ito, told from all of the others by the colour-blind
const STRENGTH = 95; // of 255
const KEYS = { b: "brush", e: "eraser", o: "outline", h: "move" };

class Brush {
  constructor(view, signal) {
    this.view = view;
    this.model = view.model;
    this.tool = "brush";
    this.share = 0.04; // the brush's radius, by the shorter side of the photo
    this.shown = true;
    this.active = false;
    this.line = null; // points of the stroke under way, or the outline's corners
    this.cursor = null;
    this.layer = document.createElement("canvas");
    this.listeners = [];
    let latest = 0;
    follow(this.model, ["mask"], async () => {
      const mine = ++latest;
      const bytes = bytesOf(this.model.get("mask"));
      const bitmap = bytes && (await createImageBitmap(new Blob([bytes], { type: "image/png" })));
      if (mine !== latest) return;
      this.bitmap = bitmap;
      this.tint();
      if (this.line && this.tool !== "outline") this.live(this.line);
      view.changed();
    }, signal);
    view.painters.push((context, g) => this.active && this.paint(context, g));
    this.listen(view.canvas);
  }

  get radius() {
    return Math.max(0.5, this.share * Math.min(...(this.view.size || [1, 1])));
  }

  set(changes) {
    Object.assign(this, changes);
    if ("tool" in changes) this.line = null;
    this.view.canvas.style.cursor = !this.active ? "" : this.tool === "move" ? "grab" : "crosshair";
    this.listeners.forEach((tell) => tell());
    this.view.changed();
  }

  // The mask as a tint with an edge.
  tint() {
    const { layer, bitmap } = this;
    if (!bitmap) return (layer.width = layer.height = 0);
    const { width: w, height: h } = bitmap;
    [layer.width, layer.height] = [w, h];
    const context = layer.getContext("2d", { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    const data = context.getImageData(0, 0, w, h);
    const pixels = new Uint32Array(data.data.buffer);
    const inside = new Uint8Array(w * h);
    for (let i = 0; i < inside.length; i++) inside[i] = data.data[4 * i] > 127 ? 1 : 0;
    const color = TINT[0] | (TINT[1] << 8) | (TINT[2] << 16);
    const tinted = (color | (STRENGTH << 24)) >>> 0, edge = 0xffffffff, rim = 0xd0000000;
    for (let y = 0, i = 0; y < h; y++) {
      for (let x = 0; x < w; x++, i++) {
        const beside = (x > 0 && inside[i - 1] !== inside[i]) || (x < w - 1 && inside[i + 1] !== inside[i])
          || (y > 0 && inside[i - w] !== inside[i]) || (y < h - 1 && inside[i + w] !== inside[i]);
        pixels[i] = inside[i] ? (beside ? edge : tinted) : beside ? rim : 0;
      }
    }
    context.putImageData(data, 0, 0);
  }

  // The stroke under way, on the tint.
  live(points) {
    if (!this.layer.width) return;
    const context = this.layer.getContext("2d");
    const k = this.layer.width / this.view.size[0];
    context.save();
    context.globalCompositeOperation = this.tool === "eraser" ? "destination-out" : "source-over";
    context.strokeStyle = context.fillStyle = `rgb(${TINT})`;
    if (this.tool !== "eraser") context.globalAlpha = STRENGTH / 255;
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = 2 * this.radius * k;
    context.beginPath();
    const [first, ...rest] = points;
    context.moveTo((first[0] + 0.5) * k, (first[1] + 0.5) * k);
    context.lineTo((first[0] + 0.5) * k + 0.01, (first[1] + 0.5) * k);
    rest.forEach(([x, y]) => context.lineTo((x + 0.5) * k, (y + 0.5) * k));
    context.stroke();
    context.restore();
  }

  paint(context, g) {
    if (this.shown && this.layer.width) {
      context.imageSmoothingEnabled = false;
      context.drawImage(this.layer, g.left, g.top, this.view.size[0] * g.scale, this.view.size[1] * g.scale);
      context.imageSmoothingEnabled = g.scale < 2;
    }
    const there = ([x, y]) => [g.left + (x + 0.5) * g.scale, g.top + (y + 0.5) * g.scale];
    if (this.tool === "outline" && this.line) {
      const corners = [...this.line, ...(this.cursor ? [this.cursor] : [])].map(there);
      legible(context, () => corners.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y))), [6, 4]);
      legible(context, () => corners.slice(0, this.line.length).forEach(([x, y]) => context.rect(x - 3, y - 3, 6, 6)));
    }
    if (!this.cursor || this.tool === "move") return;
    const [x, y] = there(this.cursor);
    const r = this.tool === "outline" ? 5 : Math.max(2, this.radius * g.scale);
    legible(context, () => context.arc(x, y, r, 0, 2 * Math.PI), this.tool === "eraser" ? [4, 3] : []);
  }

  send(points) {
    if (points.length) this.model.send({ kind: "stroke", erase: this.tool === "eraser", radius: this.radius, points });
  }

  close(event) {
    if (this.line && this.line.length > 2) this.model.send({ kind: "outline", erase: event.shiftKey, points: this.line });
    this.line = null;
    this.view.changed();
  }

  place(event) {
    return this.view.at(event).map((one) => Math.round((one - 0.5) * 100) / 100);
  }

  listen(canvas) {
    let from = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (!this.view.size) return;
      const moves = !this.active || this.tool === "move" || event.button === 1 || (event.shiftKey && this.tool !== "outline");
      if (event.button > 1 || (event.button === 1 && !moves)) return;
      canvas.setPointerCapture(event.pointerId);
      if (moves) {
        from = this.view.ondrag?.(event) ? { drags: true } : { x: event.clientX, y: event.clientY };
        return;
      }
      if (!this.model.get("mask").byteLength) return;
      const at = this.place(event);
      if (this.tool === "outline") {
        if (event.detail > 1) return; // the second half of a double click closes it
        const near = this.line && this.line.length > 2 && this.nearFirst(at);
        return near ? this.close(event) : ((this.line = [...(this.line || []), at]), this.view.changed());
      }
      this.line = [at];
      this.live(this.line);
      this.view.changed();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.view.size) return;
      if (from?.drags) return this.view.ondrag(event);
      if (from) {
        this.view.pan(event.clientX - from.x, event.clientY - from.y);
        from = { x: event.clientX, y: event.clientY };
        return;
      }
      if (!this.active) return;
      this.cursor = this.place(event);
      if (this.line && this.tool !== "outline") this.extend(this.cursor);
      this.view.changed();
    });
    const end = () => {
      from = null;
      if (!this.line || this.tool === "outline") return;
      this.send(this.line);
      this.line = null;
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener("dblclick", (event) => this.active && this.tool === "outline" && this.close(event));
    canvas.addEventListener("pointerleave", () => ((this.cursor = null), this.view.changed()));
    canvas.addEventListener("blur", () => ((this.cursor = null), this.view.changed()));
    canvas.addEventListener("keydown", (event) => this.key(event) && event.preventDefault());
  }

  nearFirst([x, y]) {
    const [fx, fy] = this.line[0];
    return Math.hypot(x - fx, y - fy) * this.view.geometry().scale < 10;
  }

  // Points that a small part of the radius apart say nothing more.
  extend(at) {
    const last = this.line[this.line.length - 1];
    if (Math.hypot(at[0] - last[0], at[1] - last[1]) < Math.max(0.5, this.radius / 8)) return;
    this.line.push(at);
    this.live([last, at]);
    if (this.line.length >= 3000) {
      this.send(this.line);
      this.line = [at];
    }
  }

  key(event) {
    if (!this.view.size) return false;
    const name = event.key.toLowerCase();
    const [width, height] = this.view.size;
    const moves = { arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, -1], arrowdown: [0, 1] };
    if (event.ctrlKey || event.metaKey) {
      if (!this.active || (name !== "z" && name !== "y")) return false;
      this.model.send({ kind: name === "y" || event.shiftKey ? "redo" : "undo" });
      return true;
    }
    if (event.altKey) return false;
    if (name === "+" || name === "=") return this.view.setZoom(this.view.zoom * 1.5, this.cursor || undefined), true;
    if (name === "-") return this.view.setZoom(this.view.zoom / 1.5), true;
    if (name === "0") return this.view.setZoom(1), true;
    if (!this.active) {
      if (!(name in moves)) return false;
      this.view.pan(-40 * moves[name][0], -40 * moves[name][1]);
      return true;
    }
    if (name in KEYS) return this.set({ tool: KEYS[name] }), true;
    if (name === "m") return this.set({ shown: !this.shown }), true;
    if (name === "[" || name === "]") return this.set({ share: Math.min(0.3, Math.max(0.002, this.share * (name === "]" ? 1.25 : 0.8))) }), true;
    if (name in moves) {
      const step = (event.shiftKey ? 10 : 2) / this.view.geometry().scale;
      const [x, y] = this.cursor || (this.view.center || [width / 2, height / 2]);
      const at = [x + step * moves[name][0], y + step * moves[name][1]];
      this.cursor = [Math.min(width, Math.max(0, at[0])), Math.min(height, Math.max(0, at[1]))];
      this.view.changed();
      return true;
    }
    if (name === " " && this.cursor) {
      if (this.tool === "outline") this.line = [...(this.line || []), this.cursor];
      else if (this.tool !== "move") this.send([this.cursor]);
      this.view.changed();
      return true;
    }
    if (name === "enter" && this.tool === "outline") return this.close(event), true;
    if (name === "escape" && this.line) return (this.line = null), this.tint(), this.view.changed(), true;
    return false;
  }
}
