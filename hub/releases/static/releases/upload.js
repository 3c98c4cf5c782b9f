// Shows how far a large file is on its way: forms with data-progress; they work without this too.
//   data-sent      words beside the bar
//   data-checking  words while the hub looks at what came
//   data-failed    words when the line broke or the hub was out of reach

for (const form of document.querySelectorAll("form[data-progress]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const bar = document.createElement("progress");
    bar.max = 1000;
    bar.value = 0;
    const said = document.createElement("p");
    said.setAttribute("role", "status");
    said.textContent = form.dataset.sent;
    bar.setAttribute("aria-label", form.dataset.sent);
    const button = form.querySelector("button");
    button.disabled = true;
    form.append(bar, said);
    const leaving = (left) => left.preventDefault();
    window.addEventListener("beforeunload", leaving);

    const done = (text) => {
      window.removeEventListener("beforeunload", leaving);
      bar.remove();
      button.disabled = false;
      said.textContent = text;
      said.className = "error";
    };
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (sent) => {
      if (sent.lengthComputable) bar.value = Math.floor((1000 * sent.loaded) / sent.total);
    });
    request.upload.addEventListener("load", () => {
      said.textContent = form.dataset.checking;
    });
    request.addEventListener("load", () => {
      if (request.status < 400) {
        window.removeEventListener("beforeunload", leaving);
        window.location.assign(form.dataset.progress);
        return;
      }
      let text = form.dataset.failed;
      try {
        text = JSON.parse(request.responseText).detail || text;
      } catch {
        // a proxy in front answered, not the hub
      }
      done(text);
    });
    request.addEventListener("error", () => done(form.dataset.failed));
    request.send(new FormData(form));
  });
}
