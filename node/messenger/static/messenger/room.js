// A room that lives: what others say appears by itself, and Enter sends.

const list = document.getElementById("messages");
const form = document.getElementById("write");
let since = list.dataset.since;
let pause = 1000;

const toLatest = () => { list.scrollTop = list.scrollHeight; };

function show(html) {
  const piece = document.createElement("template");
  piece.innerHTML = html; // rendered by the school's server, everything in it escaped
  const fresh = [...piece.content.querySelectorAll("li")].filter((one) => !document.getElementById(one.id));
  if (!fresh.length) return;
  const wasAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  document.getElementById("nothing-said")?.remove();
  list.append(...fresh);
  if (wasAtEnd) toLatest();
}

async function listen() {
  for (;;) {
    try {
      const read = list.lastElementChild?.dataset.event ?? "";
      const place = new URLSearchParams({ since, read });
      const answer = await fetch(`${list.dataset.news}?${place}`);
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.text());
      since = answer.headers.get("X-Since") ?? since;
      pause = 1000;
    } catch {
      await new Promise((resume) => setTimeout(resume, pause));
      pause = Math.min(pause * 2, 30000);
    }
  }
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const words = form.elements.text;
  if (!words.value.trim()) return;
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => null);
  if (answer === null || (!answer.ok && answer.type !== "opaqueredirect")) {
    form.submit(); // the page says what went wrong, and the words are not lost
    return;
  }
  words.value = "";
  form.elements.transaction.value = crypto.getRandomValues(new Uint32Array(5)).reduce((text, one) => text + one.toString(16), "");
  words.focus();
});
form?.elements.text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});

toLatest();
listen();
