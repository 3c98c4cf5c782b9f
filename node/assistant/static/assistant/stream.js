// An answer as it comes: its sentences in the sources' words first, then what the model writes.

const area = document.querySelector("[data-stream]");
const draft = document.getElementById("draft");
const source = new EventSource(area.dataset.stream);
let failures = 0;

source.addEventListener("extract", (event) => {
  area.innerHTML = JSON.parse(event.data);
});
source.addEventListener("piece", (event) => {
  draft.hidden = false;
  draft.textContent += JSON.parse(event.data);
});
source.addEventListener("done", () => {
  source.close();
  location.reload();
});
source.addEventListener("error", () => {
  draft.textContent = ""; // whoever reconnects hears the answer from its beginning
  failures += 1;
  if (failures > 5) source.close();
});
