// A toolbar over a Markdown text area: [data-editor] is the area, or holds toolbar and area.

const WORDS = {
  ko: { bold: "굵은 글씨", heading: "제목", item: "항목", detail: "세부 항목", box: "일시: \n장소: \n준비물: ", table: "\n| 구분 | 내용 |\n|---|---|\n| 일시 |  |\n| 장소 |  |\n" },
  en: { bold: "bold", heading: "Heading", item: "item", detail: "detail", box: "When: \nWhere: \nBring: ", table: "\n| Item | Details |\n|---|---|\n| When |  |\n| Where |  |\n" },
};
const words = WORDS[document.documentElement.lang] ?? WORDS.ko;
const SYLLABLES = [..."가나다라마바사아자차카타파하"];

const perLine = (text, prefix) => text.split("\n").map((line, place) => prefix(place) + line).join("\n");
const MARKS = {
  bold: (chosen) => ["**", chosen || words.bold, "**"],
  heading: (chosen) => ["\n## ", chosen || words.heading, "\n"],
  list: (chosen) => ["\n", perLine(chosen || words.item, () => "- "), "\n"],
  number: (chosen) => ["\n", perLine(chosen || words.item, (place) => `${place + 1}. `), "\n"],
  letter: (chosen) => ["\n", perLine(chosen || words.detail, (place) => `   ${SYLLABLES[place % SYLLABLES.length]}. `), "\n"],
  box: (chosen) => ["\n", perLine(chosen || words.box, () => "> "), "\n"],
  table: () => ["", words.table, ""],
};

export function enhance(editor, urls) {
  const area = editor.matches("textarea") ? editor : editor.querySelector("textarea");
  const holder = editor.matches("textarea") ? editor.parentElement : editor;
  const apply = (mark) => {
    const { selectionStart: from, selectionEnd: to, value } = area;
    const [before, text, after] = MARKS[mark](value.slice(from, to));
    area.focus();
    area.setRangeText(before + text + after, from, to, "end");
    area.setSelectionRange(from + before.length, from + before.length + text.length);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  for (const button of holder.querySelectorAll("[data-mark]")) {
    button.addEventListener("click", () => apply(button.dataset.mark));
  }
  // A part in another language stands behind all others, and begins with its title.
  const open = (mark) => {
    const { value } = area;
    const at = value.indexOf(`${mark}\n`);
    const text = `${value.trim() ? "\n\n" : ""}${mark}\n## `;
    if (at < 0) area.setRangeText(text, value.trimEnd().length, value.length, "end");
    else area.setSelectionRange(at + mark.length + 1, at + mark.length + 1);
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  for (const button of holder.querySelectorAll("[data-part]")) {
    button.addEventListener("click", () => {
      button.closest("details").open = false;
      open(button.dataset.part);
    });
  }
  area.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "b") {
      event.preventDefault();
      apply("bold");
    }
  });
  const said = holder.querySelector("[data-pasting]");
  if (said) import(urls.pasting).then(({ enhance: pasting }) => pasting(area, said));
}
