// Files to Python and back, in pieces: the servers take messages of at most 10 MB.

const PIECE = 1_000_000;
const MIME = { jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png", webp: "image/webp", tif: "image/tiff", tiff: "image/tiff", zip: "application/zip" };

// Sends photos, and saves what Python sends. `sent` is called with the share of all files that has arrived,
// `saved` with the name of a file that the browser was given.
function buildSending(model, sent, signal, saved = () => {}) {
  const coming = new Map(), going = new Map();
  let scene = null; // the files of a scene that is being sent
  let done = 0, all = 0;
  let asked = 0; // files, by this view: another one of the same widget hears the same messages

  function tell() {
    if (!going.size) done = all = 0;
    sent(all ? done / all : null);
  }

  async function piece(id, at) {
    const file = going.get(id);
    if (!file) return;
    done += at - file.at;
    file.at = at;
    if (at >= file.blob.size) {
      going.delete(id);
      arrived(id);
      return tell();
    }
    tell();
    let bytes;
    try {
      bytes = await file.blob.slice(at, at + PIECE).arrayBuffer();
    } catch { // it was moved or changed meanwhile
      going.delete(id);
      model.send({ kind: "remove", id });
      return tell();
    }
    model.send({ kind: "piece", id, at }, undefined, [bytes]);
  }

  // A scene is opened when all of its files have come.
  function arrived(id) {
    if (!scene?.left.delete(id) || scene.left.size) return;
    model.send({ kind: "open scene", ids: scene.ids });
    scene = null;
  }

  function took(told, buffers) {
    if (told.at === 0) coming.set(told.name, []);
    const parts = coming.get(told.name);
    if (!asked || !parts) return;
    parts.push(buffers[0]);
    if (parts.reduce((sum, part) => sum + part.byteLength, 0) < told.size) return;
    coming.delete(told.name);
    asked--;
    const type = MIME[told.name.split(".").pop()] || "application/octet-stream";
    const link = make("a", { download: told.name, href: URL.createObjectURL(new Blob(parts, { type })) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    saved(told.name);
  }

  const hear = (told, buffers) => {
    if (told.kind === "took") piece(told.id, told.at);
    else if (told.kind === "refused") {
      going.delete(told.id);
      if (scene?.left.has(told.id)) scene = null; // what is missing of it is told
      tell();
    }
    else if (told.kind === "file") took(told, buffers);
  };
  model.on("msg:custom", hear);
  signal.addEventListener("abort", () => model.off("msg:custom", hear));

  // End what is on its way to Python.
  const stop = () => {
    for (const id of [...going.keys()]) model.send({ kind: "remove", id });
    going.clear();
    scene = null;
    tell();
  };
  // Ask for a file to be saved.
  const ask = (message) => {
    asked++;
    model.send(message);
  };
  const put = (blob, message) => {
    const id = Math.floor(Math.random() * 2 ** 50);
    going.set(id, { blob, at: 0 });
    all += blob.size;
    return [id, { ...message, id, name: (blob.name || "photo").slice(-255), size: blob.size }];
  };
  const send = (files, role) => {
    const chosen = [...files];
    if (chosen.length > 1 && role === "misfocused") role = "either"; // the photos tell which it is
    for (const blob of chosen) model.send(put(blob, { kind: "upload", role })[1]);
  };
  const sendScene = (files) => {
    if (!files.length) return;
    const sent_ = [...files].map((blob) => put(blob, { kind: "scene file" }));
    const ids = sent_.map(([id]) => id);
    scene = { ids, left: new Set(ids) };
    sent_.forEach(([, message]) => model.send(message));
  };
  return { send, ask, sendScene, stop };
}

// A button that opens a scene from this computer: a ZIP file of its folder, or all files in it.
function buildOpenScene(sendScene, text = "open scene …") {
  const input = make("input", { type: "file", multiple: true, accept: ".zip,.toml,.npy,.tif,.tiff,image/*", "data-role": "scene", "aria-label": text, onchange: () => {
    sendScene(input.files);
    input.value = "";
  } });
  return make("label", { class: "rl-open", title: "a ZIP file of a scene's folder, or all files in that folder" }, input, text);
}
