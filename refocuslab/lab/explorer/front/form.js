// The controls: made from the list `form`, they show `values` and send what is moved.

const ALWAYS_SEEN = 11;

function buildForm(model, sendScene, signal) {
  const inputs = {}, costs = {};
  let serial = model.get("values").serial || 0;

  function send(name, value) {
    serial += 1;
    model.send({ kind: "set", name, value, serial });
  }

  function control(spec) {
    const id = `rl-${spec.name}-${Math.random().toString(36).slice(2)}`;
    const label = make("label", { for: id, title: spec.help }, spec.label);
    const described = { id, title: spec.help, "data-control": spec.name };
    let input, read, show;
    if (spec.kind === "choice") {
      const offer = (choices) => input.replaceChildren(...choices.map(([value, text]) => make("option", { value }, text)));
      input = make("select", described);
      offer(spec.choices);
      read = () => input.value;
      show = (value) => (input.value = value);
      costs[spec.name] = (slow) => spec.choices.forEach(([value, text], at) => {
        if (spec.name !== "scene") input.options[at].textContent = slow[value] ? `${text}, ${slow[value]}` : text;
      });
      // Scenes come and go: painted masks, and scenes that were opened.
      if (spec.name === "scene") {
        follow(model, ["form"], () => {
          offer(model.get("form").find((one) => one.name === "scene").choices);
          show(model.get("values").scene);
        }, signal);
        return finish(make("div", { class: "rl-control" }, make("div", { class: "rl-row" }, label, buildOpenScene(sendScene)), input));
      }
    } else if (spec.kind === "switch") {
      costs[spec.name] = (slow) => (label.textContent = slow.true ? `${spec.label}, ${slow.true}` : spec.label);
      input = make("input", { ...described, type: "checkbox" });
      read = () => input.checked;
      show = (value) => (input.checked = value);
      return finish(make("div", { class: "rl-control rl-switch" }, input, label));
    } else if (spec.kind === "number") {
      input = make("input", { ...described, type: "number", min: spec.least, max: spec.most, step: spec.step || "any" });
      read = () => Number(input.value);
      show = (value) => (input.value = value);
    } else {
      const log = spec.kind === "log";
      const output = make("output", { for: id });
      input = make("input", { ...described, type: "range", min: spec.least, max: spec.most, step: spec.step });
      read = () => (log ? Number((10 ** Number(input.value)).toPrecision(3)) : Number(input.value));
      show = (value) => {
        input.value = log ? Math.log10(Math.max(value, 10 ** spec.least)) : value;
        name(value);
      };
      const name = (value) => {
        output.value = spec.name === "neighborhood" ? `${value} × ${value}` : log && value === 0 ? "0, off" : String(value);
        input.setAttribute("aria-valuetext", output.value);
      };
      input.addEventListener("input", () => name(read()));
      return finish(make("div", { class: "rl-control" }, make("div", { class: "rl-row" }, label, output), input));
    }
    return finish(make("div", { class: "rl-control" }, label, input));

    function finish(element) {
      inputs[spec.name] = show;
      const event = ["slider", "log"].includes(spec.kind) ? "input" : "change";
      input.addEventListener(event, () => send(spec.name, read()));
      return element;
    }
  }

  const all = model.get("form").map(control);
  const form = make("form", { class: "rl-form", "aria-label": "settings", onsubmit: (e) => e.preventDefault() },
    ...all.slice(0, ALWAYS_SEEN),
    make("details", {}, make("summary", {}, "further choices"), ...all.slice(ALWAYS_SEEN)));

  follow(model, ["costs"], () => {
    for (const [name, tell] of Object.entries(costs)) tell(model.get("costs")[name] || {});
  }, signal);
  follow(model, ["values"], () => {
    const values = model.get("values");
    // An answer to an older move must not pull the slider back from under the hand.
    if (values.serial < serial) return;
    serial = values.serial; // another view's moves count on from there
    for (const [name, show] of Object.entries(inputs)) if (name in values) show(values[name]);
  }, signal);
  return form;
}
