// Forms in which somebody writes: what is typed waits in this browser until the server has it.
//   Sending goes by fetch, so the page stays until the server says where to go. Has the session ended,
//   one signs in within a dialog and it is sent then; must one prove again who one is, so too; is there
//   no connection, what was written is sent when there is.
//   data-autosave="url"   saved while one writes; the answer is {seen, said}
//   data-native           the browser sends this form itself
// Kept is only what a control holds that differs from what the page came with, under the person's id;
// another person's is never read. Passwords and files are never kept.

const WORDS = {
  ko: {
    offline: "연결되지 않아 보내지 못했습니다. 작성한 내용은 그대로 있고, 연결되면 다시 보냅니다.",
    unsent: "연결되지 않아 처리하지 못했습니다. 연결을 확인하고 다시 눌러 주세요.",
    unsaved: "연결되지 않아 저장하지 못했습니다. 작성한 내용은 그대로 있고, 연결되면 저장합니다.",
    signedOut: "로그인이 만료되었습니다. 작성한 내용은 그대로 있습니다. 다시 로그인하면 이어서 저장합니다.",
    unsigned: "패스키로 서명하지 않아 아직 제출하지 않았습니다. 작성한 내용은 그대로 있습니다. 다시 누르거나 다른 방법으로 서명해 주세요.",
    refused: "보내지 못했습니다. 작성한 내용은 그대로 있습니다. 잠시 뒤에 다시 보내 주세요.",
    full: "이 기기의 저장 공간이 차서 작성한 내용을 따로 보관하지 못합니다. 보낼 때까지 이 화면을 닫지 마세요.",
    changed: "다른 창이나 다른 분이 먼저 저장해서 자동 저장을 멈추었습니다. 저장을 누르면 두 내용을 함께 보여 드립니다.",
    found: "보내지 않은 내용이 이 기기에 남아 있습니다", older: "그 뒤에 저장된 내용이 있으니 비교해 보세요.",
    restore: "복원", remove: "삭제", again: "다시 보내기", signIn: "로그인",
  },
  en: {
    offline: "There is no connection, so this was not sent. What you wrote is still here and is sent as soon as there is one.",
    unsent: "There is no connection, so nothing was done. Please check it and press again.",
    unsaved: "There is no connection, so this was not saved. What you wrote is still here and is saved as soon as there is one.",
    signedOut: "You have been signed out. What you wrote is still here. Sign in again to go on.",
    unsigned: "Nothing was signed with the passkey, so this was not sent yet. What you wrote is still here. Press again, or sign in another way.",
    refused: "This could not be sent. What you wrote is still here. Please try again in a moment.",
    full: "This device has no room left to keep what you write. Please leave this page open until it is sent.",
    changed: "Another window or person has saved first, so saving by itself has stopped. Press save to see both.",
    found: "Something you did not send is still on this device", older: "Something was saved since then: please compare.",
    restore: "Restore", remove: "Remove", again: "Send again", signIn: "Sign in",
  },
};
const words = WORDS[document.documentElement.lang] ?? WORDS.ko;
const person = document.body.dataset.person ?? "";
const PREFIX = "madang:unsent:";
const KEPT_MS = 14 * 86_400_000;
const KEEP_AFTER_MS = 400;
const SAVE_AFTER_MS = 2_000;
const AGAIN_MS = 20_000;
const BY_SCRIPT = { "Madang-Sent": person }; // the server refuses what another's page sends

// --- What is kept --------------------------------------------------------------------------------

const isKept = (control) => control.name && !["password", "file", "submit", "button"].includes(control.type)
  && (control.type !== "hidden" || control.closest("[data-signature]"));
const isTick = (control) => control.type === "checkbox" || control.type === "radio";
const valueOf = (control) => (isTick(control) ? control.checked : control.value);

// What a control held before anybody typed: on a slow line somebody types before this script is here.
// Where the browser puts back what once stood there (the page again, or the way back), that is no typing.
const isFresh = performance.getEntriesByType("navigation")[0]?.type === "navigate";
function cameAs(control) {
  if (!isFresh) return valueOf(control);
  if (isTick(control)) return control.defaultChecked;
  if (control.type !== "select-one") return control.defaultValue ?? control.value;
  const options = [...control.options];
  return (options.find((one) => one.defaultSelected) ?? options.find((one) => !one.disabled))?.value ?? "";
}

function stored(key) {
  try {
    const found = JSON.parse(localStorage.getItem(key) ?? "null");
    return found && Date.now() - found.at < KEPT_MS ? found : null;
  } catch {
    return null;
  }
}

function remove(key) {
  try { localStorage.removeItem(key); } catch { /* a browser without storage has nothing to remove */ }
}

function forget(action) { remove(`${PREFIX}${person}:${action}`); }

// At the sign-out nothing of this person stays on the device, and no other window puts it back; at any
// time nothing that is too old.
const OUT = `madang:out:${person}`;
let signedOut = false;
window.addEventListener("storage", (event) => { if (event.key === OUT) signedOut = true; });

function clear(all) {
  try {
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
      if ((all && key.startsWith(`${PREFIX}${person}:`)) || !stored(key)) remove(key);
    }
    if (!all) return;
    signedOut = true;
    localStorage.setItem(OUT, String(Date.now()));
    localStorage.removeItem(OUT);
  } catch { /* no storage */ }
}

// --- Signing in over the page --------------------------------------------------------------------

async function whoIsHere() {
  return (await (await fetch("/session", { headers: { Accept: "application/json" } })).json()).person;
}

let dialog = null;

const AGAIN = "/sign-in/again";
const CONFIRM = "/sign-in/confirm/dialog"; // signed in, but that was too long ago for this

// True when the same person is signed in again (or has proved who they are), false when the dialog was
// closed.
async function signInAgain(part = AGAIN) {
  if (dialog?.open) return false;
  const answer = await fetch(part, { headers: { "HX-Request": "true" } });
  if (!answer.ok) throw new TypeError("no sign-in form");
  dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "again-title");
  dialog.innerHTML = await answer.text();
  document.body.append(dialog);
  document.dispatchEvent(new CustomEvent("madang:added", { detail: dialog }));
  dialog.showModal();
  return new Promise((resolve) => {
    const done = async () => {
      if (await whoIsHere() === person) {
        signedOut = false;
        resolve(true);
        dialog.close();
      } else {
        window.removeEventListener("beforeunload", ask);
        location.replace("/"); // what stands on this page is not theirs to see
      }
    };
    dialog.addEventListener("close", () => { resolve(false); dialog.remove(); });
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("madang:signed-in", (event) => { event.preventDefault(); done(); });
    dialog.querySelector("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const form = event.target;
      const said = form.querySelector("[data-said]");
      said.hidden = true;
      try {
        const sent = await fetch(form.action, { method: "POST", headers: { "Madang-Sent": "sign-in" }, body: new URLSearchParams(new FormData(form)) });
        const told = await sent.json();
        if (sent.ok) return void await done();
        if (told.title?.startsWith("second-factor")) form.querySelector("[data-code]")?.removeAttribute("hidden");
        said.textContent = told.detail ?? words.refused;
      } catch {
        said.textContent = words.offline;
      }
      said.hidden = false;
    });
  });
}

// --- A form --------------------------------------------------------------------------------------

const unkept = new Set(); // forms whose words are on this page only
function ask(event) { if (unkept.size > 0) event.preventDefault(); }
window.addEventListener("beforeunload", ask);

class Sending {
  constructor(form) {
    this.form = form;
    this.url = form.action;
    this.action = new URL(this.url).pathname;
    this.key = `${PREFIX}${person}:${this.action}`;
    // A form that came back holds what was never stored: all of it is to be kept.
    const back = form.querySelector("[data-unsent]");
    this.cameWith = new Map(back ? [] : this.controls().map((control) => [control, cameAs(control)]));
    this.busy = Promise.resolve();
    this.writes = this.controls().some((control) => !isTick(control)); // else it is a button to press
    form.addEventListener("input", () => this.typed());
    form.addEventListener("change", () => this.typed());
    form.addEventListener("submit", (event) => this.submitted(event));
    window.addEventListener("pagehide", () => this.keep());
    window.addEventListener("online", () => this.online());
    if (!back) this.offer();
    form.dataset.byFetch = "yes"; // the browser sends it itself no more
    if (this.writes) form.dataset.waits = "yes"; // what is typed from now on is kept
    if (!back && this.written().length > 0) this.typed(); // as is what was typed before
  }

  controls() { return [...this.form.elements].filter(isKept); }

  written() {
    const places = new Map();
    const found = [];
    for (const control of this.controls()) {
      const place = places.get(control.name) ?? 0;
      places.set(control.name, place + 1);
      if (this.cameWith.get(control) !== valueOf(control)) found.push([control.name, place, valueOf(control)]);
    }
    return found;
  }

  typed() {
    this.form.dataset.typed = "yes";
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => this.keep(), KEEP_AFTER_MS);
    if (this.form.dataset.autosave && !this.stopped) {
      clearTimeout(this.saving);
      this.saving = setTimeout(() => this.save(), SAVE_AFTER_MS);
    }
  }

  keep() {
    clearTimeout(this.keeping);
    if (this.sent || signedOut || this.form.dataset.typed !== "yes") return;
    const written = this.written();
    if (written.length === 0 && !this.offered) return this.done();
    // What was offered and not decided on stays, but for what has been typed over it.
    const anew = new Set(written.map(([name, place]) => `${place} ${name}`));
    written.push(...(this.offered ?? []).filter(([name, place]) => !anew.has(`${place} ${name}`)));
    try {
      localStorage.setItem(this.key, JSON.stringify({ at: Date.now(), seen: this.seen?.value ?? "", written }));
      unkept.delete(this);
    } catch {
      if (!unkept.has(this)) this.say(words.full, "warning");
      unkept.add(this);
    }
  }

  done() {
    this.offered = null;
    remove(this.key);
    unkept.delete(this);
  }

  get seen() { return this.form.elements.namedItem("seen"); }

  // What an earlier visit left: offered, never put over what the page shows.
  offer() {
    const found = stored(this.key);
    if (!found) return;
    const open = found.written.filter(([name, place, value]) => {
      const control = this.controls().filter((one) => one.name === name)[place];
      return !control || valueOf(control) !== value;
    });
    if (open.length === 0) return;
    const when = new Date(found.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    const older = found.seen && this.seen && found.seen !== this.seen.value ? ` ${words.older}` : "";
    this.offered = found.written;
    const bar = this.say(`${words.found} (${when}).${older}`, "info", [
      [words.restore, () => { this.restore(found); bar.remove(); }],
      [words.remove, () => { this.done(); bar.remove(); }],
    ]);
  }

  restore({ seen, written }) {
    this.offered = null;
    if (seen && this.seen) this.seen.value = seen; // what was saved since then is shown before it is replaced
    const changed = new Set();
    for (const [name, place, value] of written) {
      const control = this.controls().filter((one) => one.name === name)[place];
      if (!control) continue;
      if (isTick(control)) control.checked = value;
      else control.value = value;
      changed.add(control);
      for (let box = control.closest("details:not([open])"); box; box = box.parentElement.closest("details:not([open])")) box.open = true;
    }
    for (const control of changed) control.dispatchEvent(new Event("input", { bubbles: true }));
    [...changed].find((control) => control.type !== "hidden")?.focus();
  }

  // One line of news at the form, above its buttons.
  say(text, kind = "warning", choices = []) {
    let bar = this.form.querySelector(":scope > [data-told]");
    bar?.remove();
    bar = document.createElement("div");
    bar.className = `alert alert-${kind}`;
    bar.dataset.told = "";
    bar.setAttribute("role", kind === "info" ? "status" : "alert");
    const inside = document.createElement("div");
    const line = document.createElement("p");
    line.textContent = text;
    inside.append(line);
    bar.append(inside);
    const row = document.createElement("div");
    row.className = "actions";
    for (const [label, act] of choices) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button small";
      button.textContent = label;
      button.addEventListener("click", act);
      row.append(button);
    }
    if (choices.length > 0) inside.append(row);
    if (kind === "info") this.form.prepend(bar);
    else this.form.append(bar);
    return bar;
  }

  hush() { this.form.querySelector(":scope > [data-told]:not(.alert-info)")?.remove(); }

  // --- Saving while one writes

  save() {
    this.busy = this.busy.then(() => this.saveNow()).catch(() => { this.saveLater = true; this.say(words.unsaved); });
    return this.busy;
  }

  async saveNow() {
    if (this.sent || this.stopped) return;
    const before = new Map(this.controls().map((control) => [control, valueOf(control)]));
    const body = new URLSearchParams(new FormData(this.form));
    const answer = await fetch(this.form.dataset.autosave, { method: "POST", headers: { ...BY_SCRIPT, Accept: "application/json" }, body });
    const told = await answer.json();
    const line = this.form.querySelector("[data-saved]");
    if (answer.ok) {
      if (this.seen) this.seen.value = told.seen;
      if (line) line.textContent = told.said;
      this.cameWith = before;
      this.saveLater = false;
      this.hush();
      if (this.written().length === 0) this.done();
    } else if (answer.status === 401) {
      this.stopped = true;
      this.say(words.signedOut, "warning", [[words.signIn, () => this.signIn()]]);
    } else if (answer.status === 409) {
      this.stopped = true;
      this.say(told.title === "changed-meanwhile" ? words.changed : told.detail);
    } else if (line) {
      line.textContent = told.detail ?? words.refused;
    }
  }

  async signIn() {
    try {
      if (!await signInAgain()) return;
    } catch {
      return void this.say(words.offline, "warning", [[words.signIn, () => this.signIn()]]);
    }
    this.stopped = false;
    this.hush();
    this.save();
  }

  online() {
    if (this.waiting && this.writes) this.send(this.waiting.submitter);
    else if (this.saveLater) this.save();
  }

  // --- Sending

  submitted(event) {
    if (event.defaultPrevented || event.submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    this.keep();
    this.send(event.submitter);
  }

  async send(submitter) {
    if ("sending" in this.form.dataset) return;
    this.form.dataset.sending = "yes"; // until the answer, or the page it leads to
    this.waiting = null;
    this.hush();
    clearTimeout(this.saving);
    submitter?.setAttribute("aria-busy", "true");
    try {
      await this.busy; // what is being saved now changes the version this page has seen
      await this.sendNow(submitter);
    } catch {
      this.waiting = { submitter };
      this.say(this.writes ? words.offline : words.unsent, "warning", [[words.again, () => this.send(submitter)]]);
      // Twice the same does no harm where the form carries its version or its own number.
      if (this.seen || this.form.elements.namedItem("submission")) setTimeout(() => this.online(), AGAIN_MS);
    }
    if (this.sent) return;
    delete this.form.dataset.sending;
    submitter?.removeAttribute("aria-busy");
  }

  // `signed`: what a passkey says to the task that the first sending was answered with.
  async sendNow(submitter, signed = "") {
    const data = new FormData(this.form);
    if (submitter?.name) data.append(submitter.name, submitter.value);
    if (signed) data.append("passkey", signed);
    const answer = await fetch(this.url, { method: "POST", headers: BY_SCRIPT, body: new URLSearchParams(data) });
    if (answer.status === 401) {
      if (await signInAgain()) return this.sendNow(submitter);
      return void this.say(words.signedOut, "warning", [[words.again, () => this.send(submitter)]]);
    }
    const told = await answer.json().catch(() => ({}));
    if (told.title === "sign-in-again" && await signInAgain(CONFIRM)) return this.sendNow(submitter);
    if (answer.ok && told.passkey) return this.sign(told.passkey, submitter);
    if (!answer.ok || !told.location) {
      return void this.say(told.detail ?? words.refused, "warning", [[words.again, () => this.send(submitter)]]);
    }
    const target = new URL(told.location, location.href);
    this.sent = true;
    unkept.delete(this);
    if (target.searchParams.has("unsent")) return void go(target, true);
    this.done();
    go(target, false);
  }

  async sign(task, submitter) {
    const { sign } = await import(urls.passkey);
    let signed;
    try {
      signed = await sign(task);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      const other = this.form.querySelector("[data-other-way]");
      if (other) other.open = true;
      return void this.say(words.unsigned);
    }
    return this.sendNow(submitter, signed);
  }
}

// The form that came back takes this page's place, so "back" leads to where one came from.
function go(target, instead) {
  const samePage = target.pathname === location.pathname && target.search === location.search;
  if (samePage) {
    history.replaceState(null, "", target);
    location.reload();
  } else if (instead) location.replace(target);
  else location.assign(target);
}

let urls = {};

export function enhance(form, scripts) {
  urls = scripts;
  if (form.matches('[action="/sign-out"]')) return void form.addEventListener("submit", () => clear(true));
  if (!person || form.method !== "post" || form.enctype === "multipart/form-data") return;
  if (form.matches("[data-stay], [data-native]") || form.querySelector("[type=password]")) return;
  new Sending(form);
}

for (const link of document.querySelectorAll("[data-forget]")) {
  link.addEventListener("click", () => forget(link.dataset.forget));
}
clear(false);
