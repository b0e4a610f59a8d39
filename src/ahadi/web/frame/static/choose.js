// Rows that are chosen: the box on top chooses all of the page, Shift a range, X the row that has the focus.
"use strict";

const boxes = () => [...document.querySelectorAll("td input[name=account][form=choosing]")];
let last = null;

function tellChosen() {
  const every = boxes();
  const chosen = every.filter((box) => box.checked).length;
  const all = document.querySelector("[data-all]");
  all.checked = chosen > 0 && chosen === every.length;
  all.indeterminate = chosen > 0 && chosen < every.length;
  for (const box of every) box.closest("tr").setAttribute("aria-selected", String(box.checked));
  const told = document.querySelector("[data-chosen]");
  told.textContent = chosen ? String(chosen) : "";
}

// From the row that was chosen last to this one, all as this one is.
function choose(box, isRange) {
  const every = boxes();
  const [from, to] = [every.indexOf(last), every.indexOf(box)].sort((one, other) => one - other);
  if (isRange && from >= 0) {
    for (const between of every.slice(from, to + 1)) between.checked = box.checked;
  }
  last = box;
  tellChosen();
}

document.addEventListener("click", (event) => {
  if (event.target.matches("[data-all]")) {
    for (const box of boxes()) box.checked = event.target.checked;
    tellChosen();
  } else if (event.target.matches("input[name=account][form=choosing]")) {
    choose(event.target, event.shiftKey);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
  const box = document.activeElement.closest("tr")?.querySelector("td input[name=account][form=choosing]");
  if (!box) return;
  event.preventDefault();
  box.checked = !box.checked;
  choose(box, event.shiftKey);
});

// A browser that comes back shows what was chosen before.
addEventListener("pageshow", () => { if (document.querySelector("[data-all]")) tellChosen(); });
