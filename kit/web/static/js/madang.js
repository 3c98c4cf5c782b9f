// Small enhancements of every page; each page works without them.
//   data-live="tag tag/id"  reload this part when one of these events happens (server-sent events),
//                           tag/id: one that names this id. The part needs an id of its own.
//   data-confirm="…?"       ask before sending
//   data-copy, data-print   buttons; data-counter: how much of maxlength is used
//   other scripts           loaded when a page has something for them (SCRIPTS below)

document.documentElement.classList.add("js");
const announce = (text) => {
  const status = document.getElementById("status");
  if (status) status.textContent = text;
};

// --- Scripts for what a page holds ---------------------------------------------------------------

// In this order: a passkey that signs a form is offered once the form is sent by script.
const SCRIPTS = { "[data-only-if]": "only_if", "[data-signature]": "signature", "[data-editor]": "editor", "[data-chart]": "chart", "[data-choices]": "choices", 'form[method="post"]': "sending", "[data-passkey]": "passkey" };
const urls = JSON.parse(document.querySelector('meta[name="madang-scripts"]')?.content ?? "{}");

async function enhance(root) {
  for (const [selector, name] of Object.entries(SCRIPTS)) {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches?.(selector)) found.push(root);
    const fresh = found.filter((element) => !element.dataset.enhanced);
    if (fresh.length === 0 || !urls[name]) continue;
    for (const element of fresh) element.dataset.enhanced = "yes";
    const { enhance: run } = await import(urls[name]);
    for (const element of fresh) run(element, urls);
  }
  for (const area of root.querySelectorAll("[data-counter][maxlength]")) count(area);
}

// The first page brings what it uses of the stylesheet within itself. Here comes the whole, for what is
// shown later; the pages behind this one name it.
const sheet = document.querySelector("style[data-sheet]")?.dataset.sheet;
if (sheet) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.addEventListener("load", () => {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `sheet=${sheet}; path=/; max-age=31536000; samesite=lax${secure}`;
  });
  link.href = sheet;
  document.head.append(link);
}

// On a narrow screen the current tab may be out of sight.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const row = tab.closest(".tabs");
  row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
}

// In a low window so may the current entry of a long menu.
for (const entry of document.querySelectorAll(".sidebar [aria-current]")) {
  const menu = entry.closest(".sidebar");
  if (entry.offsetTop + entry.offsetHeight > menu.clientHeight) menu.scrollTop = entry.offsetTop - menu.clientHeight / 2;
}

// --- Partials ------------------------------------------------------------------------------------
// htmx acts where our templates put it and nowhere else: they write the mark of this session beside
// it, which whoever planted markup in a text for somebody else to read cannot know.

const mark = document.head.querySelector('meta[name="madang-hx-mark"]')?.content;
const isOurs = (element) => Boolean(mark) && element.getAttribute("hx-mark") === mark;
let isHtmxAsked = false;
function loadHtmx() {
  if (isHtmxAsked || ![...document.querySelectorAll("[hx-mark]")].some(isOurs)) return;
  isHtmxAsked = true;
  const script = document.createElement("script");
  script.src = urls.htmx;
  document.head.append(script);
}
for (const start of ["htmx:before:init", "htmx:before:on:init", "htmx:before:request"]) {
  document.addEventListener(start, (event) => { if (!isOurs(event.target)) event.preventDefault(); }, true);
}

// --- Live parts ----------------------------------------------------------------------------------
// With data-live-url the answer of that address becomes the inside of the part; without, this page
// is asked again and the part of the same id takes its place.

const PAUSE_MS = 400; // what happens together is shown together
const REST_MS = 3_000; // between two reloads of a part: many watch while everybody answers
const AGAIN_MS = 60_000;
// A part within a live part comes anew with it.
const parts = () => [...document.querySelectorAll("[data-live]")].filter((part) => !part.parentElement.closest("[data-live]"));
const tagsOf = (part) => part.dataset.live.split(" ").filter(Boolean);
const wanted = () => [...new Set(parts().flatMap(tagsOf))].sort().join(" ");
const due = new Map(); // id of a part → "waits", "reloads", or "again": something happened meanwhile
const reloaded = new Map(); // id of a part → when it was last
const asking = new Map(); // address → its answer on the way
let source = null;
let told = ""; // what the open connection tells of
let missed = false;

function isInUse(part) {
  const active = document.activeElement;
  return part.contains(active) && active.matches("input, textarea, select, button") || part.querySelector("form[data-typed]");
}

// Parts that are due at once and stand on one page share its answer.
function asked(url, headers) {
  const get = async () => {
    const answer = await fetch(url, { headers });
    return answer.ok && !answer.redirected ? answer.text() : null;
  };
  if (!asking.has(url)) asking.set(url, get().finally(() => asking.delete(url)));
  return asking.get(url);
}

async function reload(part) {
  const url = part.dataset.liveUrl;
  const text = await asked(url ?? location.href, url ? { "HX-Request": "true" } : {});
  if (text === null) return;
  const folds = [...part.querySelectorAll("details[id]")].map((one) => [one.id, one.open]);
  let fresh = part;
  if (url) {
    part.innerHTML = text;
  } else {
    fresh = new DOMParser().parseFromString(text, "text/html").getElementById(part.id);
    if (!fresh) return;
    part.replaceWith(fresh);
  }
  for (const [id, open] of folds) { // what was unfolded stays so
    const fold = document.getElementById(id);
    if (fold) fold.open = open;
  }
  loadHtmx();
  window.htmx?.process(fresh);
  enhance(fresh);
}

// The first event sets the timer, whatever follows: where something happens all the time, a timer
// that began anew with each would never end.
function soon(part) {
  const { id } = part;
  if (due.has(id)) {
    if (due.get(id) === "reloads") due.set(id, "again");
    return;
  }
  due.set(id, "waits");
  const rests = (reloaded.get(id) ?? -REST_MS) + REST_MS - performance.now();
  setTimeout(() => renew(id), Math.max(PAUSE_MS, rests));
}

async function renew(id) {
  const part = document.getElementById(id);
  const waits = part && isInUse(part);
  due.set(id, waits ? "again" : "reloads");
  if (part && !waits) await reload(part).catch(() => {});
  reloaded.set(id, performance.now());
  const again = due.get(id) === "again";
  due.delete(id);
  const now = document.getElementById(id);
  if (again && now) soon(now);
  if (source && told !== wanted()) { // what came anew wants to hear of something else
    hush();
    listen();
  }
}

function listen() {
  const url = document.body.dataset.liveSource;
  if (!url || source || document.hidden || parts().length === 0) return;
  told = wanted();
  source = new EventSource(`${url}?tags=${encodeURIComponent(told)}`);
  for (const tag of told.split(" ")) {
    source.addEventListener(tag, () => parts().filter((part) => tagsOf(part).includes(tag)).forEach(soon));
  }
  source.addEventListener("open", () => {
    if (missed) parts().forEach(soon); // what happened while the line was down was told to nobody
    missed = false;
  });
  source.addEventListener("error", () => {
    missed = true;
    if (source?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    source = null;
    setTimeout(listen, AGAIN_MS);
  });
}

function hush() {
  source?.close();
  source = null;
}

// A page nobody looks at holds no connection; on return it catches up first.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return hush();
  parts().forEach(soon);
  listen();
});
window.addEventListener("pagehide", hush);

// --- Sending -------------------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  // A second tap must not send twice.
  if (form.dataset.sending === "yes" && event.submitter) event.preventDefault();
}, true);

// A browser that asks for an answer shows its control. The question's words stand above it and are read first.
document.addEventListener("invalid", ({ target }) => {
  if (target.form?.querySelector(":is(input, select, textarea):invalid") !== target) return;
  requestAnimationFrame(() => {
    const words = target.closest("fieldset, .field")?.querySelector("legend, label");
    const bar = document.querySelector(".topbar");
    const hidden = words && bar ? bar.getBoundingClientRect().bottom + 8 - words.getBoundingClientRect().top : 0;
    if (hidden > 0) window.scrollBy(0, -hidden);
  });
}, true);

// Heard last: a form that a script of its own refused, or sends by itself, is not on its way. The answer
// brings a fresh page, unless it is a download.
window.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || !submitter || form.hasAttribute("data-stay")) return;
  setTimeout(() => { submitter.setAttribute("aria-busy", "true"); }, 0);
  form.dataset.sending = "yes";
  setTimeout(() => rest(form), 8000);
});

function rest(form) {
  delete form.dataset.sending;
  form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
}
window.addEventListener("pageshow", (event) => { if (event.persisted) [...document.forms].forEach(rest); });

// --- Buttons, menu, counters ---------------------------------------------------------------------

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(copy.dataset.copy);
    announce(copy.dataset.copied ?? "");
    copy.classList.add("copied");
    setTimeout(() => copy.classList.remove("copied"), 2000);
  }
  if (event.target.closest("[data-print]")) window.print();
  document.querySelectorAll("details.menu-holder[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.menu-holder[open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

function count(area) {
  const max = Number(area.getAttribute("maxlength"));
  if (!area.nextElementSibling?.classList.contains("counter")) {
    const shown = document.createElement("span");
    shown.className = "counter";
    area.after(shown);
  }
  const shown = area.nextElementSibling;
  shown.textContent = `${area.value.length} / ${max}`;
  shown.classList.toggle("counter-near", area.value.length > max * 0.95);
}
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-counter][maxlength]")) count(event.target);
});

document.addEventListener("htmx:after:swap", () => { enhance(document.body); });
document.addEventListener("madang:added", (event) => { enhance(event.detail); });
enhance(document.body);
loadHtmx();
document.querySelector("[data-focus]")?.focus();
listen();
