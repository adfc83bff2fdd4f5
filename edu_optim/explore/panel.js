// The controls of an explorer. The kernel names them and writes their texts; this file lets them be moved.

const TICK = 40;  // ms between two steps while playing
const WIDE = 20;  // characters in a choice, beyond which it has a row to itself
const REST = 600;  // ms without a move, after which a screen reader is told what the picture shows

// Every panel on a page has a copy of this file to itself, so counting would give two controls one id.
const fresh = () => `eo-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// JupyterLab deletes a cell on "d d" and leaves it on an arrow key, whatever has the focus: plain keys stay here.
function keepKeys(root) {
  root.addEventListener("keydown", (event) => {
    const command = event.ctrlKey || event.metaKey || event.altKey;
    const leaves = event.key === "Escape" || /^F\d+$/.test(event.key) || (event.key === "Enter" && event.shiftKey);
    if (!command && !leaves) event.stopPropagation();
  });
}

function range(control, id, move) {
  const input = element("input", { type: "range", id, min: 0, max: control.texts.length - 1, step: 1 });
  const readout = element("output", { className: "eo-readout" });
  readout.setAttribute("for", id);
  readout.style.minWidth = Math.max(7, ...control.texts.map((text) => text.length)) + "ch";
  input.addEventListener("input", () => move(Number(input.value)));
  const show = (place) => {
    input.value = place;
    input.setAttribute("aria-valuetext", control.texts[place]);
    readout.textContent = control.texts[place];
  };
  return { parts: [input, readout], show };
}

function player(control, id, move) {
  const { parts, show: showRange } = range(control, id, (place) => { pause(); move(place); });
  const last = control.texts.length - 1;
  let place = 0;
  let timer = null;
  const button = (text, name, act) => {
    const made = element("button", { type: "button", textContent: text, title: name });
    made.setAttribute("aria-label", `${control.label}: ${name}`);
    made.addEventListener("click", act);
    return made;
  };
  const play = button("\u25b6", "play", () => (timer ? pause() : start()));
  const back = button("\u2212", "one step back", () => { pause(); move(Math.max(place - 1, 0)); });
  const forward = button("+", "one step forward", () => { pause(); move(Math.min(place + 1, last)); });
  function named(text, name) {
    play.textContent = text;
    play.title = name;
    play.setAttribute("aria-label", `${control.label}: ${name}`);
  }
  function pause() {
    clearInterval(timer);
    timer = null;
    named("\u25b6", "play");
  }
  function start() {
    if (place >= last) move(0);
    named("\u275a\u275a", "pause");
    timer = setInterval(() => {
      if (!play.isConnected || place >= last) pause();
      else move(place + 1);
    }, TICK);
  }
  const show = (to) => {
    place = to;
    showRange(to);
  };
  return { parts: [back, play, forward, ...parts], show, stop: pause };
}

function choice(control, id, move) {
  const input = element("select", { id }, ...control.texts.map((text, place) => new Option(text, place)));
  input.addEventListener("change", () => move(Number(input.value)));
  return { parts: [input], show: (place) => { input.value = place; } };
}

function toggle(control, id, move) {
  const input = element("input", { type: "checkbox", id });
  input.addEventListener("change", () => move(Number(input.checked)));
  return { parts: [input], show: (place) => { input.checked = Boolean(place); } };
}

const MAKE = { slider: range, choice, switch: toggle, player };

// The picture is an output beside the panel; JupyterLab gives it no alternative text.
function namePictures(root, words) {
  const area = root.closest(".jp-OutputArea");
  const name = () => {
    for (const image of area.querySelectorAll(".jp-RenderedImage img")) {
      if (image.alt !== words()) image.alt = words();
    }
  };
  if (!area) return () => {};
  const observer = new MutationObserver(name);
  observer.observe(area, { childList: true, subtree: true });
  name();
  return () => observer.disconnect();
}

function render({ model, el }) {
  const root = element("div", { className: "eo-explorer" });
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", model.get("title"));
  keepKeys(root);

  const rows = {};
  for (const control of model.get("controls")) {
    const id = fresh();
    const move = (place) => {
      model.set("places", { ...model.get("places"), [control.name]: place });
      model.save_changes();
    };
    const made = MAKE[control.kind](control, id, move);
    const label = element("label", { htmlFor: id, textContent: control.label });
    const box = element("div", { className: `eo-row eo-${control.kind}` }, label, ...made.parts);
    box.dataset.name = control.name;
    box.classList.toggle("eo-wide", control.kind === "choice" && Math.max(...control.texts.map((t) => t.length)) > WIDE);
    rows[control.name] = { box, ...made };
    root.append(box);
  }
  const status = element("p", { className: "eo-status" });
  status.setAttribute("role", "status");
  root.append(status);
  el.append(root);

  const show = () => {
    for (const [name, place] of Object.entries(model.get("places"))) rows[name].show(place);
  };
  const putAway = () => {
    for (const [name, row] of Object.entries(rows)) row.box.hidden = model.get("idle").includes(name);
  };
  let speaking = null;
  const speak = () => {
    clearTimeout(speaking);
    speaking = setTimeout(() => { status.textContent = model.get("words"); }, REST);
  };
  let forget = () => {};
  let waiting = null;
  const name = () => {
    forget();
    forget = namePictures(root, () => model.get("words"));
    if (!root.isConnected) waiting = setTimeout(name, 100);
  };
  show();
  putAway();
  name();
  model.on("change:places", show);
  model.on("change:idle", putAway);
  model.on("change:words", speak);
  return () => {
    model.off("change:places", show);
    model.off("change:idle", putAway);
    model.off("change:words", speak);
    clearTimeout(speaking);
    clearTimeout(waiting);
    forget();
    for (const row of Object.values(rows)) row.stop?.();
  };
}

export default { render };
