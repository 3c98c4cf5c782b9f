// Boxes over a photo, in a form [data-gallery]: one for each child who is covered, in thousandths of the picture,
// drawn by a finger or a mouse, moved and sized by keys as well. The server burns them in; what is here only helps.

const form = document.querySelector("[data-gallery]");
const stage = form.querySelector(".gallery-stage");
const image = stage.querySelector("img");
const said = form.querySelector(".gallery-said");
const wrong = form.querySelector(".gallery-wrong");
const nobody = form.elements.namedItem("nobody");
const rows = [...form.querySelectorAll("[data-name]")];
const SMALLEST = Number(form.dataset.smallest);
const STEP = 10;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
let drawn = null; // the row whose box the next stroke draws

const filled = (words, name) => words.replace("NAME", name);
const between = (least, value, most) => Math.round(Math.min(Math.max(value, least), most));
const ticked = (row) => row.querySelector("[name=seen]");
const sent = (row) => row.querySelector("[name^=box-]");
const boxOf = (row) => stage.querySelector(`[data-of="${sent(row).name}"]`);

function place(row, left, top, width, height) {
  const w = between(SMALLEST, width, 1000);
  const h = between(SMALLEST, height, 1000);
  const x = between(0, left, 1000 - w);
  const y = between(0, top, 1000 - h);
  sent(row).value = [x, y, w, h].join(",");
  const box = boxOf(row);
  box.style.left = `${x / 10}%`;
  box.style.top = `${y / 10}%`;
  box.style.width = `${w / 10}%`;
  box.style.height = `${h / 10}%`;
}

const placed = (row) => sent(row).value.split(",").map(Number);

function uncover(row) {
  boxOf(row)?.remove();
  sent(row).value = "";
}

function cover(row) {
  if (stage.hidden) return;
  ticked(row).checked = true;
  nobody.checked = false;
  wrong.textContent = "";
  if (!boxOf(row)) {
    const box = document.createElement("button");
    box.type = "button";
    box.className = "gallery-box";
    box.dataset.of = sent(row).name;
    box.textContent = row.dataset.name;
    box.setAttribute("aria-label", filled(form.dataset.box, row.dataset.name));
    box.addEventListener("keydown", (event) => press(event, row));
    box.addEventListener("pointerdown", (event) => drag(event, row));
    stage.append(box);
    place(row, 400, 400, 200, 200);
  }
  drawn = row;
  stage.classList.add("gallery-drawing");
  said.textContent = filled(form.dataset.draw, row.dataset.name);
  boxOf(row).focus({ preventScroll: true });
  stage.scrollIntoView({ block: "nearest" });
}

function press(event, row) {
  if (event.key === "Delete") {
    uncover(row);
    row.querySelector("[data-cover]").focus();
    return;
  }
  const way = ARROWS[event.key];
  if (!way) return;
  event.preventDefault();
  const [x, y, w, h] = placed(row);
  const [right, down] = way.map((one) => one * STEP);
  if (event.shiftKey) place(row, x, y, Math.min(w + right, 1000 - x), Math.min(h + down, 1000 - y));
  else place(row, x + right, y + down, w, h);
}

function at(event) {
  const seen = image.getBoundingClientRect();
  return [
    between(0, ((event.clientX - seen.left) / seen.width) * 1000, 1000),
    between(0, ((event.clientY - seen.top) / seen.height) * 1000, 1000),
  ];
}

function follow(event, moved) {
  event.preventDefault();
  const target = event.currentTarget;
  target.setPointerCapture(event.pointerId);
  const over = () => {
    target.removeEventListener("pointermove", moved);
    target.removeEventListener("pointerup", over);
    target.removeEventListener("pointercancel", over);
  };
  target.addEventListener("pointermove", moved);
  target.addEventListener("pointerup", over);
  target.addEventListener("pointercancel", over);
}

function drag(event, row) {
  event.stopPropagation();
  boxOf(row).focus({ preventScroll: true });
  const [fromX, fromY] = at(event);
  const [x, y, w, h] = placed(row);
  follow(event, (move) => {
    const [toX, toY] = at(move);
    place(row, x + toX - fromX, y + toY - fromY, w, h);
  });
}

stage.addEventListener("pointerdown", (event) => {
  if (!drawn || !boxOf(drawn)) return;
  const row = drawn;
  const [fromX, fromY] = at(event);
  follow(event, (move) => {
    const [toX, toY] = at(move);
    place(row, Math.min(fromX, toX), Math.min(fromY, toY), Math.abs(toX - fromX), Math.abs(toY - fromY));
  });
});

for (const row of rows) {
  row.querySelector("[data-cover]").addEventListener("click", () => cover(row));
  ticked(row).addEventListener("change", (event) => {
    if (event.target.checked) nobody.checked = false;
    else uncover(row);
  });
}

nobody.addEventListener("change", () => {
  if (!nobody.checked) return;
  for (const row of rows) {
    ticked(row).checked = false;
    uncover(row);
  }
});

form.elements.namedItem("photo")?.addEventListener("change", (event) => {
  const [file] = event.target.files;
  rows.forEach(uncover);
  said.textContent = "";
  if (image.src) URL.revokeObjectURL(image.src);
  stage.hidden = !file;
  if (file) image.src = URL.createObjectURL(file);
});

image.addEventListener("error", () => {
  stage.hidden = true;
  said.textContent = form.dataset.broken;
});

form.addEventListener("submit", (event) => {
  const seen = rows.filter((row) => ticked(row).checked);
  const open = seen.filter((row) => row.dataset.agrees === "0" && !sent(row).value);
  wrong.textContent = "";
  if (open.length) {
    wrong.textContent = filled(form.dataset.uncovered, open.map((row) => row.dataset.name).join(", "));
  } else if (!seen.length && !nobody.checked) wrong.textContent = form.dataset.nobody;
  if (wrong.textContent) event.preventDefault();
});
