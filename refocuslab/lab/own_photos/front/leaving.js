// What is not saved is not lost without a question: on this page, and when it is left.

// Returns the dialog, and careful(what, act, paintingStays): does act at once, or once it is told what that takes away.
function buildLeaving(model, signal) {
  const told = make("p", { id: `ro-lost-${Math.random().toString(36).slice(2)}` });
  const keep = make("button", { type: "button", class: "ro-main", autofocus: true, onclick: () => root.close() }, "Keep it");
  const lose = make("button", { type: "button", onclick: () => (root.close(), then()) }, "Go on and lose it");
  const root = make("dialog", { class: "ro-ask", "aria-labelledby": told.id }, told, make("div", { class: "ro-buttons" }, keep, lose));
  let then = null;
  const careful = (what, act, paintingStays = false) => {
    const lost = paintingStays ? model.get("unsaved").picture : model.get("unsaved").all;
    if (!lost) return act();
    told.textContent = `${what} takes away ${lost}, which is not saved.`;
    then = act;
    root.showModal();
  };
  // The app's page asks this before it is left: guard.js.
  document.addEventListener("refocuslab-leaving", (event) => model.get("unsaved").all && event.preventDefault(), { signal });
  return { root, careful };
}

// In Voilà the kernel ends with the page; in JupyterLab it lives on, with all that is here.
const inVoila = () => "voila" in document.body.dataset;
