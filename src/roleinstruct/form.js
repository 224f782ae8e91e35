"use strict";
/* What every page does that people fill in: it goes on by keys, takes steps back, and keeps what is done in the browser and in a file.
   The page's own script comes after this one and ends with begin({...}), which says what is filled in:
     key                  the name under which the browser keeps it
     kept(), recalled(k)  what the browser keeps beside the place and the count of changes; taken back, and whether it was of this page
     canBe(n)             whether that is a place to go to
     file, rows           the name of the file that is saved, and of the list in it
     written(), read(l)   that list; taken back as { changes, read, strange }
     told(read, strange)  what a person hears of a file that was loaded;  theirs(found): of a file that is another's
     acts                 what each key does, and draw(), which shows everything */
const D = JSON.parse(document.getElementById("sheet").textContent);
const at = id => document.getElementById(id);
let zh = document.documentElement.lang === "zh";
const t = (en, cn) => zh ? cn : en;
let now = 0, undo = [], unsaved = 0, writing = false, message = "", own = null;

/* Another tab's work comes in by the event "storage". */
function keep() {
  try { localStorage.setItem(own.key, JSON.stringify({ ...own.kept(), now, unsaved })); } catch (error) {
    message = t("This browser keeps nothing for this page: save to a file often.", "浏览器没能为本页保存：请常存成文件。");
  }
}
function recall() {
  let known = null;
  try { known = JSON.parse(localStorage.getItem(own.key)); } catch (error) { known = null; }
  if (!known || !own.recalled(known)) return;
  if (own.canBe(known.now)) now = known.now;
  unsaved = Number(known.unsaved) || 0;
}

/* A change is [list, index, value], so that whatever is filled in is taken back alike. */
function change(changes) {
  undo.push({ before: changes.map(([list, index]) => [list, index, list[index]]), now });
  for (const [list, index, value] of changes) list[index] = value;
  unsaved += changes.length;
}
function takeBack() {
  const last = undo.pop();
  if (!last) { message = t("Nothing to undo.", "没有可以撤销的。"); return; }
  for (const [list, index, value] of last.before) list[index] = value;
  now = last.now;
  unsaved += last.before.length;
}

function save() {
  const content = JSON.stringify({ format: D.format, sheet: D.sheet, round: D.round, id: D.id, saved: new Date().toISOString(), [own.rows]: own.written() }, null, 1);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  link.download = own.file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  unsaved = 0;
  message = t(`Saved as ${link.download}, where this browser puts downloads.`, `已存为 ${link.download}，在浏览器的下载文件夹里。`);
}
async function load(file) {
  let found = null;
  try { found = JSON.parse(await file.text()); } catch (error) { found = null; }
  if (!found || found.format !== D.format || !Array.isArray(found[own.rows])) message = t("That is no file that this page has saved.", "这不是本页保存的文件。");
  else if (found.sheet !== D.sheet || found.round !== D.round) message = own.theirs(found);
  else {
    const { changes, read, strange } = own.read(found[own.rows]);
    if (changes.length) change(changes);
    message = own.told(read, strange);
  }
  show();
}

/* Text is only ever set as text, so that none can become markup. */
function make(name, attributes, parent, text) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
}
function drawNote(parent, hint, noted, take) {
  const area = make("textarea", { rows: "2", "aria-label": t("note", "备注"), placeholder: hint }, parent);
  area.value = noted();
  const end = wanted => {
    if (!writing) return;
    writing = false;
    if (wanted && area.value.trim() !== noted()) take(area.value.trim());
    show();
  };
  area.addEventListener("keydown", event => {
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); end(true); }
    if (event.key === "Escape") { event.preventDefault(); end(false); }
  });
  area.addEventListener("blur", () => end(true));
  setTimeout(() => area.focus());
}
function drawKeys(pairs) {
  at("keys").replaceChildren();
  for (const [keys, what] of pairs) {
    const pair = make("span", {}, at("keys"));
    for (const key of keys) key === "…" ? pair.append("…") : make("kbd", {}, pair, key);
    pair.append(` ${what}`);
  }
}
/* The bar above, and which part is shown: all that is not the page's own. */
function drawFrame(words, ready, all) {
  document.documentElement.lang = zh ? "zh" : "en";
  for (const name of ["title", "count", "where", "done"]) at(name).textContent = words[name];
  at("progress").max = all || 1;
  at("progress").value = ready;
  at("done").hidden = ready < all || !all;
  at("save").textContent = t("Save to a file", "存成文件") + (unsaved ? ` (${unsaved})` : "");
  at("save").title = t("changes that are in no file yet", "还没存进文件的改动");
  at("load").textContent = t("Load", "读入");
  at("language").textContent = t("中文", "English");
  at("before").textContent = "←"; at("before").setAttribute("aria-label", words.before);
  at("after").textContent = "→"; at("after").setAttribute("aria-label", words.after);
  at("told").textContent = message;
}

/* After whatever a person does; "storage" only draws, so that two tabs do not answer each other for ever. */
function show() { keep(); own.draw(); }

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === "TEXTAREA") return;
  /* An input method swallows the letter and leaves the key's place. */
  const key = (event.key === "Process" ? event.code.replace(/^(Key|Digit|Numpad)/, "") : event.key).toLowerCase();
  if (key === "enter" && ["BUTTON", "SUMMARY"].includes(event.target.tagName)) return;
  if (!Object.hasOwn(own.acts, key)) return;
  event.preventDefault();
  message = "";
  own.acts[key]();
  show();
}
function begin(brought) {
  own = brought;
  document.addEventListener("keydown", press);
  at("save").addEventListener("click", () => { save(); show(); });
  at("load").addEventListener("click", () => at("file").click());
  at("file").addEventListener("change", () => { const file = at("file").files[0]; at("file").value = ""; if (file) load(file); });
  at("language").addEventListener("click", () => { zh = !zh; own.draw(); });
  at("before").addEventListener("click", () => { own.acts.arrowleft(); show(); });
  at("after").addEventListener("click", () => { own.acts.arrowright(); show(); });
  addEventListener("storage", event => { if (event.key === own.key) { const stay = now; recall(); now = stay; own.draw(); } });
  recall();
  own.draw();
}
