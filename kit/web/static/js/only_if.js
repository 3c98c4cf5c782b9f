// A question that is asked of some alone: [data-only-if="answer_…"] is shown once the earlier question of
// that name is answered as data-answer says. What is not shown is neither asked for nor sent.

export function enhance(part) {
  const form = part.closest("form");
  if (!form) return;
  const controls = [...part.querySelectorAll("input, select, textarea")];
  const update = () => {
    const given = [...form.querySelectorAll(`[name="${CSS.escape(part.dataset.onlyIf)}"]:checked`)];
    const isAsked = given.some((one) => !one.disabled && one.value === part.dataset.answer);
    part.hidden = !isAsked;
    for (const control of controls) {
      control.disabled = !isAsked;
      control.required = isAsked && "required" in part.dataset && control.type !== "checkbox";
    }
  };
  form.addEventListener("input", update);
  form.addEventListener("change", update);
  update();
}
