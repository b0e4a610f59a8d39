// Covers a page that nobody sits at. The server locks the session by itself; this only hides what is on the screen,
// keeps what was typed where it is, and asks for the password in place.
"use strict";

const lock = document.getElementById("lock");
const title = document.title;
const NOTED_EVERY = 60000;
let timer = 0;
let told = Date.now();
let held = null;

function isCovered() {
  return !lock.hidden;
}

function cover() {
  if (isCovered()) return;
  held = document.activeElement;
  document.documentElement.classList.add("is-locked");
  for (const part of document.body.children) if (part !== lock) part.inert = true;
  lock.hidden = false;
  document.title = lock.dataset.title;
  lock.querySelector("[name=password]").focus();
}

function uncover() {
  if (!isCovered()) return;
  document.documentElement.classList.remove("is-locked");
  for (const part of document.body.children) part.inert = false;
  lock.hidden = true;
  document.title = title;
  for (const form of lock.querySelectorAll("form")) form.reset();
  held?.focus();
}

async function ask(sent) {
  const answer = await fetch(lock.dataset.here, sent ?? { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const now = await answer.json();
  clearTimeout(timer);
  // The session has ended: what is typed can be copied, and nothing else on the page be read on.
  if (now.is_over || now.left === 0) cover();
  else uncover();
  if (now.left > 0) timer = setTimeout(ask, now.left * 1000 + 1000);
}

function sent(form, more) {
  const body = new FormData(form);
  for (const [name, value] of Object.entries(more ?? {})) body.set(name, value);
  return { method: "POST", body };
}

// Only a hand at the keyboard or the mouse says that somebody is there, and once a minute is enough.
function touched() {
  if (isCovered() || Date.now() - told < NOTED_EVERY) return;
  told = Date.now();
  ask(sent(lock.querySelector("form")));
}

async function unlock(form) {
  const answer = await fetch(form.action, sent(form));
  const word = form.querySelector("[role=alert]");
  if (answer.redirected) {
    location.assign(answer.url);
    return;
  }
  word.hidden = answer.status === 204;
  if (form.elements.credential) form.elements.credential.value = "";
  if (answer.status === 204) await ask();
}

for (const kind of ["keydown", "pointerdown", "input"]) addEventListener(kind, touched, { passive: true });
addEventListener("pageshow", (event) => { if (event.persisted) ask(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
document.addEventListener("keydown", (event) => { if (isCovered()) event.stopPropagation(); }, true);
lock.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-unlock]");
  if (!form || (form.dataset.passkey && !form.elements.credential.value)) return;
  event.preventDefault();
  unlock(form);
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-lock]")) ask(sent(lock.querySelector("form"), { lock: "now" }));
});
ask();
