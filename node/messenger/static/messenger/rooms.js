// The list of rooms lives: what is said anywhere appears by itself, and the title counts it.

const list = document.getElementById("rooms");
const title = document.title;
let pause = 1000;

function count() {
  const unread = Number(list.querySelector("[data-unread]")?.dataset.unread ?? 0);
  document.title = unread ? `(${unread}) ${title}` : title;
}

async function listen() {
  for (;;) {
    try {
      const answer = await fetch(list.dataset.news, { headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status)); // signed out: no list
      const html = await answer.text();
      const at = document.activeElement?.closest("#rooms a")?.getAttribute("href");
      if (html !== list.innerHTML) list.innerHTML = html; // rendered by the school's server, escaped
      if (at) list.querySelector(`a[href="${CSS.escape(at)}"]`)?.focus();
      count();
      pause = 1000;
    } catch {
      await new Promise((resume) => setTimeout(resume, pause));
      pause = Math.min(pause * 2, 30000);
    }
  }
}

count();
listen();
