// Pasted into an editor of typed text: the HTML that a word processor or a sheet puts on the clipboard
// becomes the few marks of kit/markdown.py. What is seen there is kept, as text; how it looked is not,
// but headings, bold text, lists, tables and boxes. What has none of these is pasted as plain text, by
// the browser. Formats that come: Hancom Office (P.HStyle0, quoted values of styles, a comment with its own
// JSON), Word (mso-list paragraphs, o:p), Google Docs (a <b> around all), Excel and other sheets.

const UNSEEN = new Set(["HEAD", "STYLE", "SCRIPT", "TITLE", "META", "LINK", "TEMPLATE", "NOSCRIPT", "XML", "OBJECT", "IFRAME", "SVG", "COL", "COLGROUP", "INPUT", "TEXTAREA", "SELECT", "DEL"]);
const BLOCKS = new Set(["ADDRESS", "ARTICLE", "ASIDE", "BLOCKQUOTE", "BODY", "CAPTION", "CENTER", "DD", "DIV", "DL", "DT", "FIGCAPTION", "FIGURE", "FOOTER", "FORM", "H1", "H2", "H3", "H4", "H5", "H6", "HEADER", "HR", "LI", "MAIN", "NAV", "OL", "P", "PRE", "SECTION", "TABLE", "TBODY", "TD", "TFOOT", "TH", "THEAD", "TR", "UL"]);
const BULLET = "- ";
const INDENT = "   ";
const SYLLABLES = [..."가나다라마바사아자차카타파하"];
const LETTER = /[\p{L}\p{N}]/u;
const PIECES = "-.·_@#*&%=+"; // no bold text begins behind these (kit/markdown.py)
const IN_A_WORD = /^(?:[\p{L}\p{N}_](?:\S*[\p{L}\p{N}_])?|[(\[<‘“「『〈《].*[)\]>’”」』〉》])$/u;
const MOST_COLUMNS = 100; // a cell may claim to span more

// The value of a property as written: Hancom Office quotes words (font-weight:"bold"), and properties of
// Word are none that a browser keeps.
function styled(element, property) {
  const written = (element.getAttribute("style") ?? "").match(new RegExp(`(?:^|[;\\s])${property}\\s*:\\s*([^;]*)`, "i"));
  return (written?.[1] ?? "").replace(/["']/g, "").trim().toLowerCase();
}

function isUnseen(element) {
  return UNSEEN.has(element.tagName.toUpperCase())
    || styled(element, "display") === "none"
    || styled(element, "mso-hide") === "all"
    || styled(element, "mso-element") === "comment-list" // what colleagues noted beside the text
    || element.classList.contains("msocomanchor");
}

function isBold(element, inherited) {
  const weight = styled(element, "font-weight");
  if (weight) return /^bold/.test(weight) || Number(weight) >= 600;
  return /^(?:B|STRONG)$/.test(element.tagName) || inherited;
}

// --- Lines ---------------------------------------------------------------------------------------

const UNWRITTEN = /[\u200b\ufeff]/g;

// Parts of a line, bold or not: spaces fold as a page folds them, fixed ones stay.
function folded(runs) {
  const parts = [];
  let last = " ";
  for (const { text, bold } of runs) {
    for (const letter of text.replace(UNWRITTEN, "").replace(/[ \t\r\n\f]+/g, " ")) {
      if (letter === " " && last === " ") continue;
      last = letter;
      if (parts.at(-1)?.bold !== bold) parts.push({ text: "", bold });
      parts.at(-1).text += letter === "\u00a0" ? " " : letter;
    }
  }
  return parts;
}

// Bold parts between two stars each, where kit/markdown.py will read them so; elsewhere the text alone.
function starred(parts) {
  const joined = [];
  for (const [place, part] of parts.entries()) { // spaces between two bold parts are bold as well
    const bold = part.bold || (!part.text.trim() && parts[place - 1]?.bold && parts[place + 1]?.bold);
    if (joined.length > 0 && joined.at(-1).bold === Boolean(bold)) joined.at(-1).text += part.text;
    else joined.push({ text: part.text, bold: Boolean(bold) });
  }
  let written = "";
  for (const [place, { text, bold }] of joined.entries()) {
    const [, before, core, after] = text.match(/^(\s*)(.*?)(\s*)$/su);
    const left = [...(written + before)].at(-1) ?? "\n";
    const right = [...(after + (joined[place + 1]?.text ?? ""))][0] ?? "\n";
    const last = [...core].at(-1) ?? "";
    const begins = !PIECES.includes(left) && (LETTER.test(left) ? IN_A_WORD.test(core) : LETTER.test(core));
    const ends = LETTER.test(last) || !/[A-Za-z0-9]/.test(right);
    const isRead = bold && core && !core.includes("**") && !/^\*|\*$/.test(core) && right !== "*" && begins && ends;
    written += isRead ? `${before}**${core}**${after}` : text;
  }
  return written;
}

// --- A document ----------------------------------------------------------------------------------

// What a clipboard holds: pictures by their data, how many others there are, whether there is any mark.
class Clip {
  pictures = [];
  left = 0;
  isMarked = false;
}

class Typed {
  lines = [];
  runs = [];
  first = ""; // before the next line: the mark of a list's item, then as many spaces
  rest = "";
  heading = "";

  constructor(clip, { isFlat, isPlain }) {
    this.clip = clip;
    this.isFlat = isFlat; // within a table's cell: no other table
    this.isPlain = isPlain; // within a table's head: all is bold
  }

  get hasText() {
    return this.runs.some(({ text }) => /[^ \t\r\n\f]/.test(text));
  }

  say(text, bold) {
    this.runs.push({ text, bold: bold && !this.isPlain && !this.heading });
  }

  mark(lines) {
    this.clip.isMarked = true;
    this.lines.push(...lines);
  }

  // A paragraph of nothing but a fixed space is a blank line; between blocks nothing is typed.
  end(isForced = false) {
    if (!this.hasText && !isForced) {
      this.runs = [];
      return;
    }
    const parts = folded(this.runs);
    this.runs = [];
    const words = starred(parts).trimEnd();
    if (!words) return this.lines.push("");
    const prefix = this.heading || this.first;
    if (prefix || parts.some(({ bold }) => bold)) this.clip.isMarked = true;
    this.lines.push(prefix ? prefix + words.trimStart() : words);
    this.first = this.rest;
  }

  within(changed, walkInner) {
    const kept = Object.fromEntries(Object.keys(changed).map((name) => [name, this[name]]));
    Object.assign(this, changed);
    walkInner();
    this.end();
    Object.assign(this, kept);
  }
}

export function typedText(html) {
  const clip = new Clip();
  const body = new DOMParser().parseFromString(html, "text/html").body;
  const lines = linesOf(onlyCell(body) ?? body, clip);
  while (lines.length > 0 && !lines[0]) lines.shift();
  while (lines.length > 0 && !lines.at(-1)) lines.pop();
  return { text: lines.join("\n"), ...clip };
}

// One cell copied out of a sheet is its text; in a document a table of one cell is a box.
function onlyCell(body) {
  const [cell, ...others] = body.querySelectorAll("td, th");
  return cell && others.length === 0 && body.textContent.trim() === cell.textContent.trim() ? cell : null;
}

function linesOf(element, clip, { isFlat = false, isPlain = false } = {}) {
  const typed = new Typed(clip, { isFlat, isPlain });
  walk(element, typed, { bold: false, depth: 0, isKept: false });
  typed.end();
  return typed.lines;
}

function walk(parent, typed, state) {
  for (const child of parent.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) sayText(child.data, typed, state);
    else if (child.nodeType === Node.ELEMENT_NODE && !isUnseen(child)) walkElement(child, typed, state);
  }
}

function sayText(data, typed, { bold, isKept }) {
  if (!isKept) return typed.say(data, bold);
  for (const [place, line] of data.split(/\r?\n/).entries()) {
    if (place > 0) typed.end(true);
    typed.say(line.replace(/\t/g, "    ").replace(/ /g, "\u00a0"), bold);
  }
}

function walkElement(element, typed, around) {
  const tag = element.tagName.toUpperCase();
  const space = styled(element, "white-space");
  const state = { ...around, bold: isBold(element, around.bold), isKept: space ? space.startsWith("pre") && space !== "pre-line" : tag === "PRE" || around.isKept };
  if (tag === "BR") return typed.end(true);
  if (tag === "IMG") return picture(element, typed.clip);
  if (tag === "A") return link(element, typed, state);
  if (tag === "TABLE") return table(element, typed);
  if (tag === "UL" || tag === "OL") return list(element, typed, state);
  if (!BLOCKS.has(tag)) return walk(element, typed, state);
  typed.end();
  const before = typed.lines.length;
  const heading = tag.match(/^H([1-6])$/);
  if (heading && !typed.isFlat && !typed.first) { // a cell or an item is no heading
    typed.within({ heading: `${"#".repeat(Math.min(4, Math.max(2, Number(heading[1]))))} ` }, () => walk(element, typed, state));
  } else if (/mso-list\s*:\s*l\d+\s+level\d/i.test(element.getAttribute("style") ?? "")) {
    wordItem(element, typed, state);
  } else {
    walk(element, typed, state);
  }
  // An empty paragraph is the blank line that somebody made with the Enter key.
  const isBlank = tag === "P" && typed.lines.length === before && !typed.hasText && !element.querySelector("table, img");
  typed.end(isBlank);
}

function picture(element, clip) {
  const source = element.getAttribute("src") ?? "";
  if (source.toLowerCase().startsWith("data:image/")) clip.pictures.push(source);
  else clip.left += 1;
}

// Where a letter leads is always in sight: the address stands behind the words.
function link(element, typed, state) {
  walk(element, typed, state);
  const address = element.getAttribute("href") ?? "";
  const words = element.textContent.trim();
  if (/^https?:[/]{2}/i.test(address) && words && !isSame(words, address)) {
    typed.clip.isMarked = true;
    typed.say(` (${address})`, false);
  }
}

function isSame(words, address) {
  const bare = (text) => text.replace(/^https?:\/\//i, "").replace(/\/$/, "");
  return bare(words) === bare(address);
}

// --- Lists ---------------------------------------------------------------------------------------

const letterOf = (first) => (place) => String.fromCharCode(first.charCodeAt(0) + ((place - 1) % 26));
const COUNTS = {
  a: letterOf("a"),
  A: letterOf("A"),
  "lower-alpha": letterOf("a"),
  "lower-latin": letterOf("a"),
  "upper-alpha": letterOf("A"),
  "upper-latin": letterOf("A"),
  hangul: (place) => SYLLABLES[(place - 1) % SYLLABLES.length],
};

function counted(item, lists, place) {
  const named = styled(item, "list-style-type") || styled(lists, "list-style-type") || lists.getAttribute("type");
  return Object.hasOwn(COUNTS, named) ? COUNTS[named](place) : String(place);
}

function list(element, typed, state) {
  typed.end();
  const isCounted = element.tagName === "OL";
  let place = Number(element.getAttribute("start")) || 1;
  for (const child of element.childNodes) {
    if (child.nodeType !== Node.ELEMENT_NODE || isUnseen(child)) continue;
    if (child.tagName !== "LI") { // Google Docs puts the list within beside its item
      walkElement(child, typed, { ...state, depth: state.depth + 1 });
      continue;
    }
    place = Number(child.getAttribute("value")) || place;
    const mark = isCounted ? `${counted(child, element, place)}. ` : BULLET;
    const first = INDENT.repeat(state.depth) + mark;
    typed.within({ first, rest: " ".repeat(first.length) }, () => walk(child, typed, { ...state, bold: isBold(child, state.bold), depth: state.depth + 1 }));
    place += 1;
  }
}

// A paragraph of Word that looks like a list's item: its mark stands within as text, to be left out by
// programs that make lists of such paragraphs.
function wordItem(element, typed, state) {
  const level = Number(element.getAttribute("style").match(/level(\d+)/i)[1]);
  const label = [...element.querySelectorAll("span")].find((span) => styled(span, "mso-list") === "ignore");
  const mark = (label?.textContent ?? "").replace(/\s+/g, " ").trim();
  label?.remove();
  const isBullet = !mark || ([...mark].length === 1 && !/[\d가-힣①-⑳㉠-㉻]/.test(mark));
  const first = INDENT.repeat(Math.min(level, 9) - 1) + (isBullet ? BULLET : `${mark} `);
  typed.within({ first, rest: " ".repeat(first.length) }, () => walk(element, typed, state));
}

// --- Tables --------------------------------------------------------------------------------------

function table(element, typed) {
  typed.end();
  const { clip } = typed;
  for (const caption of element.querySelectorAll(":scope > caption")) typed.lines.push(...linesOf(caption, clip));
  const rows = gridOf(element);
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const cells = rows.flat().filter(Boolean);
  const isNarrow = rows.length === 1 || columns === 1;
  if (typed.isFlat) {
    typed.lines.push(...cells.flatMap((cell) => linesOf(cell, clip, typed)));
  } else if (cells.length === 1) {
    typed.mark(boxed(linesOf(cells[0], clip)));
  } else if (isNarrow && element.querySelector("table")) { // it lays out a page: its cells follow each other
    typed.lines.push(...cells.flatMap((cell) => linesOf(cell, clip)));
  } else {
    typed.mark(ruled(rows.map((row, place) => wordsOf(row, clip, place === 0)), columns));
  }
}

// The cells of each row; a place that a larger cell covers is empty.
function gridOf(element) {
  const rows = [...element.rows].filter((row) => !isUnseen(row) && !isUnseen(row.parentElement));
  const grid = rows.map(() => []);
  for (const [at, row] of rows.entries()) {
    let column = 0;
    for (const cell of [...row.cells].filter((one) => !isUnseen(one))) {
      while (grid[at][column] !== undefined) column += 1;
      const wide = Math.min(cell.colSpan, MOST_COLUMNS);
      const end = Math.min(rows.length, at + (cell.rowSpan || rows.length));
      for (let down = at; down < end; down += 1) {
        for (let across = column; across < column + wide; across += 1) grid[down][across] ??= null;
      }
      grid[at][column] = cell;
      column += wide;
    }
  }
  return grid.map((row) => Array.from(row, (cell) => cell ?? null));
}

function wordsOf(row, clip, isHead) {
  return row.map((cell) => {
    const lines = cell ? linesOf(cell, clip, { isFlat: true, isPlain: isHead }) : [];
    return lines.map((line) => line.trim()).filter(Boolean).join(" ").replaceAll("|", "｜");
  });
}

// Rows below a head; columns and rows of which nothing is seen are left out.
function ruled(rows, columns) {
  const shown = Array.from({ length: columns }, (_, place) => place).filter((place) => rows.some((row) => row[place]));
  const written = rows.map((row) => shown.map((place) => row[place] ?? "")).filter((row) => row.some(Boolean));
  if (written.length === 0) return [];
  const [head, ...others] = written.map((row) => `| ${row.join(" | ")} |`);
  return [head, `|${"---|".repeat(shown.length)}`, ...others];
}

function boxed(lines) {
  while (lines.length > 0 && !lines.at(-1)) lines.pop();
  return lines.map((line) => (/^>(?: |$)/.test(line) ? line : `> ${line}`.trimEnd()));
}

// --- The clipboard -------------------------------------------------------------------------------

// Typed as by hand, so that Ctrl+Z takes it back in one step.
export function type(area, text) {
  area.focus();
  if (document.execCommand("insertText", false, text)) return;
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

// What is a line of its own begins one, and ends it.
function placed(area, text) {
  const before = area.value.slice(0, area.selectionStart);
  const after = area.value.slice(area.selectionEnd);
  const isBlock = text.includes("\n") || /^(?:#|>|\||\s*- )/.test(text);
  const above = isBlock && before && !before.endsWith("\n") ? "\n" : "";
  const below = isBlock && after && !after.startsWith("\n") ? "\n" : "";
  return above + text + below;
}

function fileOf(source, place) {
  const [, kind, data] = source.match(/^data:image\/([\w.+-]+)[^,]*;base64,(.*)$/is) ?? [];
  if (!kind) return null;
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  return new File([bytes], `picture-${place + 1}.${kind.replace("jpeg", "jpg")}`, { type: `image/${kind}` });
}

function attach(field, files) {
  const all = new DataTransfer();
  for (const file of [...field.files, ...files]) all.items.add(file);
  field.files = all.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

// `said`, beside the area, has the sentences; its data-pictures names the field that takes pictures.
export function enhance(area, said) {
  area.addEventListener("paste", (event) => {
    const { clipboardData } = event;
    const { text, isMarked, pictures, left } = typedText(clipboardData.getData("text/html"));
    // Sheets and word processors add a picture of the text they copy: it is none of the letter's.
    const copied = text ? [] : [...clipboardData.files].filter((file) => file.type.startsWith("image/"));
    const hasPictures = pictures.length + left + copied.length > 0;
    if (!hasPictures && !isMarked) return;
    event.preventDefault();
    if (text) type(area, placed(area, text));
    const field = document.getElementById(said.dataset.pictures ?? "");
    const taken = field ? [...copied, ...pictures.map(fileOf).filter(Boolean)] : [];
    if (taken.length > 0) attach(field, taken);
    const isAll = taken.length > 0 && taken.length >= (copied.length || pictures.length + left);
    said.textContent = [
      isMarked && said.dataset.cleaned,
      taken.length > 0 && said.dataset.taken,
      hasPictures && !isAll && said.dataset.left,
    ].filter(Boolean).join(" ");
  });
}
