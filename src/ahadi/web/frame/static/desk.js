// Saves keystrokes and nothing else: every page works without it.
"use strict";

const RUNS = /^[ ]*[=+\-@\t\r\n|\uFF1D\uFF0B\uFF0D\uFF20\uFF5C]/;
const NUMBER = /^[+-]?\d+(?:\.\d+)?$/;

// A spreadsheet program would run a text that begins like a formula; an apostrophe keeps it a text.
function cellText(cell) {
  const text = (cell.dataset.v ?? cell.innerText).replace(/\s+/g, " ").trim();
  return RUNS.test(text) && !NUMBER.test(text) ? "'" + text : text;
}

function tableText(table) {
  const lines = [];
  for (const row of table.rows) {
    const cells = [...row.cells].filter((cell) => !("skip" in cell.dataset));
    lines.push(cells.map(cellText).join("\t"));
  }
  return lines.join("\r\n");
}

// Ctrl+C where nothing is selected: the table of the page, as a spreadsheet program takes it.
document.addEventListener("keydown", (event) => {
  const isCopy = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.code === "KeyC";
  if (!isCopy || !document.getSelection().isCollapsed || event.target.closest("input, select, textarea")) return;
  const table = document.activeElement.closest("table") ?? document.querySelector("main .table[id], main .table");
  if (!table) return;
  event.preventDefault();
  const button = table.id && document.querySelector(`[data-copy="${CSS.escape(table.id)}"]`);
  if (button) copyTable(button);
  else navigator.clipboard.writeText(tableText(table));
});

async function copyTable(button) {
  const table = document.getElementById(button.dataset.copy);
  if (!table) return;
  await navigator.clipboard.writeText(tableText(table));
  const label = button.querySelector("[data-done]");
  const word = label.textContent;
  button.style.minInlineSize = `${button.offsetWidth}px`;
  label.textContent = label.dataset.done;
  setTimeout(() => { label.textContent = word; }, 2000);
}

function showPassword(button) {
  const field = document.getElementById(button.dataset.eye);
  const isShown = field.type === "text";
  field.type = isShown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!isShown));
}

document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  const eye = event.target.closest("[data-eye]");
  if (copy) copyTable(copy);
  if (eye) showPassword(eye);
  for (const menu of document.querySelectorAll("details.mine[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// Arrows go from link to link of a table: along the row, or to the nearest row that has one in that column.
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function move(event) {
  const table = document.querySelector("main .table[id]");
  if (!table) return;
  const cell = document.activeElement.closest("main .table td, main .table th");
  if (!cell) {
    table.querySelector("tbody a")?.focus();
    return;
  }
  let [down, along] = STEPS[event.key];
  if (document.dir === "rtl") along = -along;
  const rows = [...table.rows];
  let row = rows.indexOf(cell.parentElement);
  let column = cell.cellIndex;
  for (;;) {
    row += down;
    column += along;
    const there = rows[row]?.cells[column];
    if (!there && (along || !rows[row])) return;
    const link = there?.querySelector("a");
    if (link) {
      link.focus();
      link.scrollIntoView({ block: "nearest", inline: "nearest" });
      return;
    }
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isTyping = event.target.closest("input:not([type=checkbox], [type=radio]), select, textarea");
  if (isTyping && event.key !== "Escape") return;
  // A button that has the focus is what the space bar presses.
  if (event.key === " " && event.target.closest("a, button, summary, input, label")) return;
  const bound = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  const menu = document.querySelector("details.mine[open]");
  if (event.key === "Escape" && menu) {
    menu.open = false;
  } else if (bound && !isTyping) {
    event.preventDefault();
    if (bound.matches("input:not([type=radio])")) bound.focus();
    else bound.click();
  } else if (event.key in STEPS && !isTyping && document.querySelector("main .table[id]")) {
    event.preventDefault();
    move(event);
  }
});
