// A room that lives: what others say, correct or delete appears by itself, and Enter sends.

const list = document.getElementById("messages");
const form = document.getElementById("write");
let since = list.dataset.since;
let told = list.lastElementChild?.dataset.event ?? ""; // opening the page told that this was read
let pause = 1000;
const title = document.title;
let missed = 0; // while the page was behind others

const isAtEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < 80;
const toLatest = () => { list.scrollTop = list.scrollHeight; };
let stays = true; // with the newest words, also when a picture above them comes late
list.addEventListener("scroll", () => { stays = isAtEnd(); });
list.addEventListener("load", () => { if (stays) toLatest(); }, true);

function show(html) {
  const piece = document.createElement("template");
  piece.innerHTML = html; // rendered by the school's server, everything in it escaped
  const wasAtEnd = isAtEnd();
  for (const one of piece.content.querySelectorAll("li")) {
    const there = document.getElementById(one.id);
    const isLate = "late" in one.dataset; // an earlier message as it is now
    delete one.dataset.late;
    if (there && isLate) there.replaceWith(one);
    else if (!there && !isLate) {
      list.append(one);
      if (document.hidden) missed += 1;
    }
  }
  if (list.children.length) document.getElementById("nothing-said")?.remove();
  if (wasAtEnd) toLatest();
  tell();
}

function tell() {
  document.title = missed ? `(${missed}) ${title}` : title;
}
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  missed = 0;
  tell();
});

function unread() {
  // What lies in a hidden tab was read by nobody.
  const last = list.lastElementChild?.dataset.event ?? "";
  return document.visibilityState === "visible" && last !== told ? last : "";
}

function close() {
  // Encrypted from now on: what was typed can still be copied, and goes nowhere.
  document.getElementById("now-encrypted").hidden = false;
  form.elements.text.readOnly = true;
  form.querySelector("button").disabled = true;
}

async function listen() {
  for (;;) {
    try {
      const read = unread();
      const answer = await fetch(`${list.dataset.news}?${new URLSearchParams({ since, read })}`);
      // Signed out elsewhere, the answer is another page: not news.
      if (!answer.ok || answer.redirected || !answer.headers.has("X-Since")) throw new Error(String(answer.status));
      show(await answer.text());
      if (form && answer.headers.has("X-Encrypted")) close();
      since = answer.headers.get("X-Since");
      told = read || told;
      pause = 1000;
    } catch {
      await new Promise((resume) => setTimeout(resume, pause));
      pause = Math.min(pause * 2, 30000);
    }
  }
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { text, transaction } = form.elements;
  if (!text.value.trim()) return;
  const said = { text: text.value, transaction: transaction.value };
  text.value = ""; // at once: whoever goes on typing begins another message
  transaction.value = [...crypto.getRandomValues(new Uint32Array(5))].map((one) => one.toString(16)).join("");
  text.focus();
  const headers = { "X-Requested-With": "fetch" };
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(said), headers }).catch(() => null);
  if (answer?.ok && !answer.redirected) return;
  // With what was typed since it is another message, which one that arrived all the same must not hide.
  if (!text.value) transaction.value = said.transaction;
  text.value = text.value ? `${said.text}\n${text.value}` : said.text;
  form.submit(); // the page says what went wrong, and the words are not lost
});
form?.elements.text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !event.target.readOnly) {
    event.preventDefault();
    form.requestSubmit();
  }
});

toLatest();
listen();
