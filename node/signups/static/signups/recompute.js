// A draw recomputed where it is read, as protocol/draw.py says: nothing of it is taken from the server
// but the file that everybody gets. SHA-256 is the browser's own.

const bytes = new TextEncoder();
async function sha256(text) {
  const digest = await crypto.subtle.digest("SHA-256", bytes.encode(text));
  return Array.from(new Uint8Array(digest), (one) => one.toString(16).padStart(2, "0")).join("");
}

export async function draw(seed, text) {
  // What becomes of each entry of a list, in the order drawn.
  const { courses, entries } = JSON.parse(text);
  const among = await sha256(text);
  const turns = await Promise.all(
    entries.map(async (entry) => ({ ...entry, ticket: await sha256(`madang:draw-ticket.v1\n${seed}\n${among}\n${entry.number}`) })),
  );
  turns.sort((one, other) => (one.ticket < other.ticket || (one.ticket === other.ticket && one.number < other.number) ? -1 : 1));
  const free = Object.fromEntries(courses.map((course) => [course.id, course.places]));
  const waiting = Object.fromEntries(courses.map((course) => [course.id, 0]));
  return turns.map(({ number, course, children }) => {
    if (children <= free[course]) {
      free[course] -= children;
      return { number, waits: 0 };
    }
    waiting[course] += 1;
    return { number, waits: waiting[course] };
  });
}

export async function check(file, promised, own) {
  // Which of the checks hold, and the outcome. `promised`: the hash of the seed that the page showed before
  // the draw, too; `own`: the numbers of the reader's entries.
  const record = JSON.parse(file.drawn.record.text);
  const promise = JSON.parse(file.commitment.record.text);
  const outcome = await draw(record.seed, file.entries);
  const waits = Object.fromEntries(outcome.map((one) => [one.number, one.waits]));
  const seed = await sha256(`madang:draw-seed.v1\n${record.seed}`);
  return {
    outcome,
    holds: {
      seed: seed === promised && seed === promise.seed_hash,
      list: (await sha256(file.entries)) === record.list_hash && JSON.parse(file.entries).signup_id === record.signup_id,
      outcome: (await sha256(JSON.stringify(outcome))) === record.outcome_hash,
      own: own.every((number) => number in waits),
    },
  };
}

function show(place, words, file, outcome, own) {
  // The order drawn, course by course; the family's own entries stand out.
  const { courses, entries } = JSON.parse(file.entries);
  const entry = Object.fromEntries(entries.map((one) => [one.number, one]));
  place.replaceChildren(
    ...courses.flatMap((course) => {
      const title = document.createElement("h3");
      title.textContent = course.name;
      const list = document.createElement("ol");
      list.className = "signups-drawn";
      for (const one of outcome.filter((each) => entry[each.number].course === course.id)) {
        const line = document.createElement("li");
        const told = one.waits ? words.waits.replace("{n}", one.waits) : words.placed;
        const many = entry[one.number].children > 1 ? ` (×${entry[one.number].children})` : "";
        line.textContent = `${one.number}${many} · ${told}`;
        if (own.includes(one.number)) {
          line.className = "signups-drawn-own";
          line.textContent += ` · ${words.own}`;
        }
        list.append(line);
      }
      return [title, list];
    }),
  );
}

function start(section) {
  const words = JSON.parse(section.dataset.words);
  const said = section.querySelector("#recompute-said");
  const checks = section.querySelector("#recompute-checks");
  const own = [...section.querySelectorAll("[data-own]")].map((one) => one.dataset.own);
  section.querySelector("#recompute-start").addEventListener("click", async () => {
    try {
      const answer = await fetch(section.dataset.recompute);
      if (!answer.ok) throw new Error(String(answer.status));
      const file = await answer.json();
      const found = await check(file, section.dataset.promised, own);
      for (const line of checks.children) {
        const holds = found.holds[line.dataset.check];
        line.classList.toggle("check-holds", holds);
        line.classList.toggle("check-fails", !holds);
        line.classList.toggle("signups-absent", line.dataset.check === "own" && !own.length);
      }
      checks.hidden = false;
      said.textContent = Object.values(found.holds).every(Boolean) ? words.holds : words.differs;
      show(section.querySelector("#recompute-courses"), words, file, found.outcome, own);
      section.querySelector("#recompute-list").hidden = false;
    } catch {
      said.textContent = words.failed;
    }
  });
}

const section = document.querySelector("[data-recompute]");
if (section) start(section);
