// A drawn signature goes into a hidden field as a PNG data URL; the typed name is the other, equal way.

const INK = "#14213d";

export async function enhance(box, urls) {
  const { default: SignaturePad } = await import(urls.signature_pad);
  const canvas = box.querySelector("canvas");
  const hidden = box.querySelector("input[type=hidden]");
  const pad = new SignaturePad(canvas, { penColor: INK, backgroundColor: "rgba(255, 255, 255, 0)", minWidth: 1, maxWidth: 3 });

  // A drawing that came back with its form, or out of what this browser kept.
  let before = hidden.value;
  let shown = "";

  // The canvas has as many dots as the screen shows, or the strokes look torn.
  const fit = async () => {
    if (canvas.offsetWidth === 0) return;
    const ratio = Math.max(window.devicePixelRatio || 1, 1);
    const strokes = pad.toData();
    canvas.width = canvas.offsetWidth * ratio;
    canvas.height = canvas.offsetHeight * ratio;
    canvas.getContext("2d").scale(ratio, ratio);
    pad.clear();
    if (before) await pad.fromDataURL(before, { ratio, width: canvas.offsetWidth, height: canvas.offsetHeight });
    if (strokes.length > 0) pad.fromData(strokes, { clear: false });
    shown = hidden.value;
    box.classList.toggle("signature-drawn", !pad.isEmpty());
  };
  const keep = () => {
    shown = hidden.value = pad.isEmpty() ? "" : pad.toDataURL("image/png");
    box.classList.toggle("signature-drawn", !pad.isEmpty());
    hidden.dispatchEvent(new Event("change", { bubbles: true }));
  };
  pad.addEventListener("endStroke", keep);
  box.querySelector("[data-signature-clear]")?.addEventListener("click", () => { before = ""; pad.clear(); keep(); });
  hidden.addEventListener("input", () => {
    if (hidden.value === shown) return;
    before = hidden.value;
    pad.clear();
    fit();
  });
  new ResizeObserver(fit).observe(canvas);
  fit();
}
