// The supervisor's board: cells that change are swapped by their ids, timers count up, keys walk the officers.
"use strict";

const floor = () => document.getElementById("floor");
const EVERY = { states: 5000, counts: 15000, money: 300000 };
let skew = 0;
let heard = Date.now();
let asked = 0;
let counting = 0;
let chosen = -1;

// ── Parts: what a part says is put in place of what has the same id ──
async function look(part) {
  const url = floor().dataset.parts.replace("states", part);
  try {
    const answer = await fetch(url, { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) return;
    const told = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const cell of told.querySelectorAll("[id]")) {
      const here = document.getElementById(cell.id);
      if (here && !here.contains(document.activeElement) && here.innerHTML !== cell.innerHTML) here.replaceChildren(...cell.childNodes);
    }
    heard = Date.now();
    tick();
  } catch {
    // Without a network the age of the news tells it.
  }
}

// States come at once and counts a second after them, each as one answer however many told of news.
function soon() {
  heard = Date.now();
  asked ||= setTimeout(() => { asked = 0; look("states"); }, 300);
  counting ||= setTimeout(() => { counting = 0; look("counts"); }, 1000);
}

function listen() {
  const { live } = floor().dataset;
  if (!live) return;
  const url = live.startsWith(":") ? `${location.protocol}//${location.hostname}${live}/live/` : live;
  const news = new EventSource(url, { withCredentials: true });
  news.addEventListener("floor", soon);
  news.addEventListener("ping", () => { heard = Date.now(); });
  EVERY.states = 30000;
}

// ── Time ────────────────────────────────────────────────────
const clock = (seconds) => {
  const two = (number) => String(number).padStart(2, "0");
  return seconds < 3600 ? `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}` : `${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds / 60) % 60)}`;
};

function tick() {
  const now = Date.now() - skew;
  for (const timer of document.querySelectorAll("[data-timer]")) {
    const seconds = Math.max(0, Math.floor((now - Number(timer.dataset.timer)) / 1000));
    const { amber, red, long, too } = timer.dataset;
    const isRed = Number(red) > 0 && seconds >= Number(red);
    const isAmber = !isRed && Number(amber) > 0 && seconds >= Number(amber);
    timer.querySelector("b").textContent = clock(seconds);
    timer.classList.toggle("timer--amber", isAmber);
    timer.classList.toggle("timer--red", isRed);
    timer.querySelector("[data-word]").textContent = isRed ? too : isAmber ? long : "";
  }
  const age = Math.floor((Date.now() - heard) / 1000);
  const mark = document.getElementById("stale");
  mark.hidden = age <= 40;
  mark.querySelector("b").textContent = age;
}

// ── Keys: arrows choose an officer, R moves their work, Enter opens them ──
const officers = () => [...document.querySelectorAll("#floor tr[data-move]")];

function choose(place) {
  const rows = officers();
  if (!rows.length) return;
  chosen = Math.min(Math.max(place, 0), rows.length - 1);
  rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === chosen)));
  rows[chosen].scrollIntoView({ block: "nearest" });
}

// Beside the officer who is chosen: O looks on, J joins, I writes a line to their screen.
const BESIDE = { KeyO: "observe", KeyJ: "join", KeyI: "whisper" };

function standBeside(how, desk) {
  if (how === "whisper") {
    location.assign(`${desk}#whisper`);
    return;
  }
  const form = document.getElementById("stand");
  form.action = `${desk}${how}/`;
  form.submit();
}

document.addEventListener("keydown", (event) => {
  if (!floor() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, button, a, summary")) return;
  const row = officers()[chosen];
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    event.stopImmediatePropagation();
    choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
  } else if (BESIDE[event.code] && row?.dataset.desk) {
    standBeside(BESIDE[event.code], row.dataset.desk);
  } else if (event.code === "KeyR" && row) {
    location.assign(row.dataset.move);
  } else if (event.key === "Enter" && row) {
    row.querySelector("th a")?.click();
  }
}, true);

// ── Caps: asked of the gate for many accounts, so they come by themselves, after the rest ──
async function lookAtCaps() {
  const here = document.querySelector("#caps[data-caps]");
  if (!here) return;
  try {
    const answer = await fetch(here.dataset.caps, { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) return;
    const told = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("caps");
    if (told && !here.contains(document.activeElement)) here.replaceChildren(...told.childNodes);
  } catch {
    // It is asked again in five minutes.
  }
}

document.addEventListener("DOMContentLoaded", () => {
  if (!floor()) return;
  lookAtCaps();
  setInterval(() => { if (!document.hidden) lookAtCaps(); }, EVERY.money);
  skew = Date.now() - Number(floor().dataset.now);
  listen();
  tick();
  setInterval(tick, 1000);
  for (const [part, every] of Object.entries(EVERY)) setInterval(() => { if (!document.hidden) look(part); }, every);
});
