// Many boxes to tick: within [data-choices] a search field leaves those that fit what one types, and
// [data-chosen] shows the ticked ones as chips that take them off again.

const plain = (text) => text.normalize("NFC").toLowerCase().replace(/\s+/g, "");

export function enhance(holder) {
  const options = [...holder.querySelectorAll("label.option")];
  const groups = [...holder.querySelectorAll("details")];
  const search = holder.querySelector('input[type="search"]');
  const chosen = holder.querySelector("[data-chosen]");
  const boxOf = (option) => option.querySelector("input");
  const wordsOf = (option) => option.textContent.trim();

  const chip = (option) => {
    const line = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "chip chip-info";
    button.textContent = `${wordsOf(option)} ✕`;
    button.setAttribute("aria-label", `${wordsOf(option)} ${chosen.dataset.without}`);
    button.addEventListener("click", () => {
      boxOf(option).click();
      (chosen.querySelector("button") ?? search).focus();
    });
    line.append(button);
    return line;
  };
  const show = () => chosen.replaceChildren(...options.filter((option) => boxOf(option).checked).map(chip));

  const wereOpen = groups.map((group) => group.open);
  const find = () => {
    const wanted = plain(search.value);
    for (const option of options) option.hidden = !plain(wordsOf(option)).includes(wanted);
    groups.forEach((group, place) => {
      const fits = Boolean(group.querySelector("label.option:not([hidden])"));
      group.hidden = !fits;
      group.open = wanted ? fits : wereOpen[place];
    });
  };

  search.addEventListener("input", find);
  search.addEventListener("change", (event) => event.stopPropagation()); // nothing was chosen
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault(); // it would save the letter
    const first = options.find((option) => !option.hidden);
    if (plain(search.value) && first && !boxOf(first).checked) boxOf(first).click();
  });
  holder.addEventListener("change", show);
  holder.addEventListener("input", (event) => { if (event.target !== search) show(); });
  show();
}
