// Uploads with progress, pause and resume over [data-upload] forms; the form works without this.
//   data-endpoint, data-target   where to (tus), and the folder or file
//   data-words                   where what a file shows (the form's field words) is put down, {upload} its id
//   data-refresh                 id of the part of this page that shows what has come
//   data-waiting … data-cancel   words
// Files chosen, or dropped anywhere on the page, go up one after another. What broke is resumed where it broke: by itself once
// the line is back; after the page was left, and on another device, when the same file is chosen again.

const CHUNK = 16 * 1024 * 1024; // below what proxies in front of a school take
const HASHED = 64 * 1024 * 1024; // larger files would have to be held in memory to be hashed
const RETRIES = [0, 1000, 3000, 5000, 10_000, 20_000];

const announce = (text) => {
  const status = document.getElementById("status");
  if (status) status.textContent = text;
};

async function sha256(file) {
  if (!window.crypto?.subtle || file.size > HASHED) return null;
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function button(text, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button small plain";
  made.textContent = text;
  made.addEventListener("click", press);
  return made;
}

function line(list, file, words) {
  const row = document.createElement("li");
  const name = document.createElement("span");
  const said = document.createElement("span");
  const bar = document.createElement("progress");
  const actions = document.createElement("span");
  actions.className = "files-presses";
  name.className = "files-name";
  name.textContent = file.name;
  said.className = "progress-number";
  said.textContent = words.waiting;
  bar.max = file.size || 1;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  row.append(name, said, actions, bar);
  list.append(row);
  list.hidden = false;
  return { row, said, bar, actions };
}

// An upload of this file that the page shows as not whole (begun here or on another device).
function unfinished(file, hash) {
  for (const { dataset } of document.querySelectorAll("[data-unfinished]")) {
    const isSame = dataset.sha256 && hash ? dataset.sha256 === hash : dataset.name === file.name;
    if (isSame && Number(dataset.size) === file.size) return dataset.unfinished;
  }
  return null;
}

// Puts down what a file shows, where its form asks: it waits with the upload, whatever becomes of this page. What could
// not be put down stands in the form again.
async function describe(form, upload, told) {
  if (!form.dataset.words || !told) return;
  const url = form.dataset.words.replace("{upload}", upload);
  const answer = await fetch(url, { method: "POST", body: new URLSearchParams({ words: told }) }).catch(() => null);
  if (!answer?.ok) writeAgain(form, told);
}

function writeAgain(form, told) {
  const field = form.elements.words;
  if (field && !field.value) field.value = told;
}

async function send(form, file, shown, arrived, told) {
  const words = form.dataset;
  const hash = await sha256(file).catch(() => null);
  const begun = unfinished(file, hash);
  let described = null;
  return new Promise((resolve) => {
    const upload = new window.tus.Upload(file, {
      endpoint: words.endpoint,
      uploadUrl: begun,
      chunkSize: CHUNK,
      retryDelays: RETRIES,
      onShouldRetry: (error) => isPassing(error.originalResponse?.getStatus() ?? 0),
      removeFingerprintOnSuccess: true,
      metadata: { filename: file.name, target: words.target, ...(hash ? { sha256: hash } : {}) },
      fingerprint: async () => ["madang", words.target, file.name, file.size, file.lastModified].join(":"),
      onProgress: (sent, total) => {
        shown.bar.max = total || 1;
        shown.bar.value = sent;
        shown.said.textContent = sent === total ? words.checking : `${Math.floor((sent / (total || 1)) * 100)}%`;
      },
      onUploadUrlAvailable: () => { described ??= describe(form, upload.url.split("/").pop(), told); },
      onSuccess: async () => {
        await described;
        shown.bar.max = shown.bar.value = 1;
        shown.said.textContent = words.done;
        shown.actions.replaceChildren();
        shown.row.classList.add("progress-success");
        arrived();
        resolve(true);
      },
      onError: (error) => {
        const isBroken = isPassing(error.originalResponse?.getStatus() ?? 0);
        shown.said.textContent = reason(error) ?? (isBroken ? words.broken : words.failed);
        shown.row.classList.add("progress-danger");
        if (!described) writeAgain(form, told);
        if (isBroken) window.addEventListener("online", resume, { once: true });
        shown.actions.replaceChildren(button(words.again, resume), cancelling);
        resolve(false);
      },
    });
    const stop = () => {
      upload.abort();
      shown.said.textContent = words.stopped;
      shown.actions.replaceChildren(button(words.again, resume), cancelling);
    };
    const resume = () => {
      shown.row.classList.remove("progress-danger");
      shown.actions.replaceChildren(button(words.pause, stop), cancelling);
      upload.start();
    };
    const cancelling = button(words.cancel, async () => {
      await upload.abort(true).catch(() => {});
      shown.row.remove();
      resolve(false);
    });
    upload.findPreviousUploads().then((previous) => {
      if (!begun && previous.length > 0) upload.resumeFromPreviousUpload(previous[0]);
      resume();
    });
  });
}

// Whether trying again may help: no line, a server that restarts, a part that was damaged. A full disk
// or area (507) stays full.
const isPassing = (status) => status === 0 || status === 409 || status === 460 || (status >= 500 && status !== 507);

// What the server says in its problem document, in the reader's language.
function reason(error) {
  try {
    return JSON.parse(error.originalResponse.getBody()).detail;
  } catch {
    return null;
  }
}

// Shows what has come; what was chosen there stays chosen.
async function refresh(form) {
  const part = document.getElementById(form.dataset.refresh ?? "");
  if (!part) return location.reload();
  const answer = await fetch(location.href, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  const chosen = new Set([...part.querySelectorAll(":checked")].map((box) => box.value));
  part.innerHTML = await answer.text();
  for (const box of part.querySelectorAll("[type=checkbox]")) box.checked = chosen.has(box.value);
}

// Calls one after another; those that come meanwhile become one.
function gathered(work) {
  let running = null;
  let again = false;
  const go = async () => {
    do {
      again = false;
      await work().catch(() => {});
    } while (again);
    running = null;
  };
  return () => {
    again = true;
    running ??= go();
  };
}

// Whoever leaves the page, by handing in what it holds as well, is asked while something is on its way.
const ask = (event) => event.preventDefault();

function enhance(form) {
  const input = form.querySelector("input[type=file]");
  const list = form.querySelector(".files-progress");
  const words = form.dataset;
  const arrived = gathered(() => refresh(form));
  let running = Promise.resolve();

  const take = (files) => {
    const told = form.elements.words?.value.trim() ?? "";
    form.reset();
    const queued = [...files].map((file) => [file, line(list, file, words)]);
    running = running.then(async () => {
      if (!window.tus) await import(words.tus);
      let done = 0;
      window.addEventListener("beforeunload", ask);
      for (const [file, shown] of queued) if (await send(form, file, shown, arrived, told)) done += 1;
      window.removeEventListener("beforeunload", ask);
      if (done > 0) announce(`${words.done} (${done})`);
    });
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (input.files.length > 0) take([...input.files]);
  }, true);

  const place = form.closest("main");
  place.addEventListener("dragover", (event) => {
    event.preventDefault();
    place.classList.add("files-over");
  });
  place.addEventListener("dragleave", () => place.classList.remove("files-over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    place.classList.remove("files-over");
    const holder = form.closest("details");
    if (holder) holder.open = true;
    const dropped = [...event.dataTransfer.items].filter((item) => !item.webkitGetAsEntry?.()?.isDirectory);
    take(dropped.map((item) => item.getAsFile()).filter(Boolean));
  });
}

document.querySelectorAll("[data-upload]").forEach(enhance);
