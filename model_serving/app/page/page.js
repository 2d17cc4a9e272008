// Examples and sliders set the song; after each change the service is asked, its answer drawn.

const PAUSE_MS = 150; // a slider that is being dragged does not ask at every step
const PATIENCE_MS = 10_000;
const KEYS = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

const find = (id) => document.getElementById(id);
const sliders = [...document.querySelectorAll("input[type=range]")];
const examples = [...document.querySelectorAll("button[data-song]")];

let song = []; // exact, where a slider only holds the nearest of its steps
let apiKey = ""; // kept nowhere else
let timer; // of the next question
let notBefore = 0; // until then the service has asked for silence
let pending = new AbortController();
let described; // the promise of the model's version that the header tells

const seconds = (value) => Math.round(value / 1000);
const SHOWN = {
  key: (value) => KEYS[value],
  mode: (value) => ["minor", "major"][value],
  loudness: (value) => `${value.toFixed(1).replace("-", "−")} dB`,
  tempo: (value) => `${value.toFixed(0)} BPM`,
  duration_ms: (value) =>
    `${Math.floor(seconds(value) / 60)}:${String(seconds(value) % 60).padStart(2, "0")}`,
};
const SPOKEN = {
  key: (value) => KEYS[value].replace("#", " sharp"),
  duration_ms: (value) =>
    `${Math.floor(seconds(value) / 60)} minutes ${seconds(value) % 60} seconds`,
};

function set(slider, index, value) {
  song[index] = value;
  const text = SHOWN[slider.name]?.(value) ?? value.toFixed(2);
  slider.parentElement.querySelector(".value").textContent = text;
  slider.setAttribute("aria-valuetext", SPOKEN[slider.name]?.(value) ?? text);
}

function changed(example) {
  for (const button of examples) button.setAttribute("aria-pressed", button === example);
  askSoon();
}

function choose(example) {
  example.dataset.song.split(" ").map(Number).forEach((value, index) => {
    sliders[index].value = value;
    set(sliders[index], index, value);
  });
  changed(example);
}

class Refused extends Error {
  constructor(response, body) {
    super("refused");
    this.status = response?.status ?? 0;
    this.wait = Number(response?.headers.get("Retry-After")) || 0; // s
    this.requestId = body?.request_id;
    if (Array.isArray(body?.detail)) this.messages = body.detail.map((problem) => problem.msg);
    else if (response) this.messages = [`The answer cannot be read (status ${this.status}).`];
    else this.messages = ["The service does not answer."];
  }
}

async function ask(path, options) {
  const headers = { ...options.headers };
  if (apiKey) headers.Authorization = `Bearer ${apiKey}`;
  let response, body;
  try {
    response = await fetch(path, { ...options, headers });
    body = await response.json();
  } catch {
    // Refused tells no answer from one that is not JSON.
  }
  if (!response?.ok || !body) throw new Refused(response, body);
  return body;
}

function askSoon() {
  clearTimeout(timer);
  timer = setTimeout(predict, Math.max(PAUSE_MS, notBefore - Date.now()));
}

async function predict() {
  clearTimeout(timer);
  // An older answer must not be drawn over a newer one.
  pending.abort();
  pending = new AbortController();
  const { signal } = pending;
  try {
    const answer = await ask("predict?top_k=20", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(Object.fromEntries(sliders.map(({ name }, i) => [name, song[i]]))),
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    });
    if (signal.aborted) return;
    notBefore = 0;
    draw(answer);
    // Another version than the header's: the service has been started anew meanwhile.
    if ((await described) !== answer.model_version) described = describe();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (!signal.aborted) complain(error);
  }
}

async function describe() {
  try {
    const model = await ask("model", { signal: AbortSignal.timeout(PATIENCE_MS) });
    const { accuracy, rows } = model.metrics;
    find("name").textContent = model.name;
    find("version").textContent = model.version;
    tell("created", new Date(model.created));
    find("accuracy").textContent = `${percent(accuracy)} of ${rows.toLocaleString("en")} songs`;
    find("adapted").hidden = !model.priors;
    if (model.priors) tell("mix", new Date(model.priors.made));
    return model.version;
  } catch (error) {
    // What is wrong is told where the prediction should be.
    if (!(error instanceof Refused)) throw error;
  }
}

function tell(id, moment) {
  find(id).textContent = age(moment);
  find(id).dateTime = moment.toISOString();
  find(id).title = moment.toUTCString();
}

const percent = (share) => (share < 0.001 ? "< 0.1 %" : `${(share * 100).toFixed(1)} %`);

function age(moment) {
  const passed = (Date.now() - moment) / 1000;
  const units = { year: 31_557_600, month: 2_629_800, day: 86_400, hour: 3600, minute: 60 };
  for (const [unit, length] of Object.entries(units)) {
    const count = Math.floor(passed / length);
    if (count > 0) return new Intl.RelativeTimeFormat("en").format(-count, unit);
  }
  return "just now";
}

function draw({ genre, confidence, top }) {
  settle(false);
  find("genre").textContent = genre;
  find("confidence").textContent = percent(confidence);
  const list = find("genres");
  while (list.children.length > top.length) list.lastElementChild.remove();
  while (list.children.length < top.length) list.append(find("row").content.cloneNode(true));
  top.forEach(({ genre, probability }, rank) => {
    const [name, share, track] = list.children[rank].children;
    name.textContent = genre;
    share.textContent = percent(probability);
    track.firstElementChild.style.width = `${probability * 100}%`;
  });
}

function complain({ status, messages, wait, requestId }) {
  const lines = [...messages];
  if (wait) {
    notBefore = Date.now() + wait * 1000;
    askSoon();
    lines.push(`Asking again by itself in ${wait} s.`);
  }
  settle(true);
  find("key-form").hidden = status !== 401;
  find("again").hidden = status >= 400 && status < 500;
  find("request").textContent = requestId ? `Request ${requestId}` : "";
  find("messages").replaceChildren(
    ...lines.map((line) => Object.assign(document.createElement("p"), { textContent: line })),
  );
}

function settle(failed) {
  document.querySelector(".answer").classList.toggle("stale", failed);
  // Focus must not fall back to the page's top with what is hidden.
  if (!failed && find("problem").contains(document.activeElement)) find("answer").focus();
  find("problem").hidden = !failed;
}

sliders.forEach((slider, index) => {
  slider.addEventListener("input", () => {
    set(slider, index, slider.valueAsNumber);
    changed();
  });
});
for (const example of examples) example.addEventListener("click", () => choose(example));
find("again").addEventListener("click", predict);
find("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  apiKey = find("api-key").value;
  predict();
});

described = describe();
choose(examples[0]);
