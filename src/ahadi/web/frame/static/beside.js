// Beside an officer: what is on their screen is asked again as soon as something on it is another.
"use strict";

const here = () => document.querySelector("[data-beside]");
let asked = 0;
let skew = 0;

async function look() {
  asked = 0;
  try {
    const answer = await fetch(location.pathname, { headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok || answer.redirected) return;
    const told = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["screen", "lines"]) {
      const [now, then] = [document.getElementById(id), told.getElementById(id)];
      if (now && then && !now.contains(document.activeElement)) now.replaceChildren(...then.childNodes);
    }
    tick();
  } catch {
    // Asked again by the next word, or in five seconds.
  }
}

function soon() {
  if (!asked) asked = setTimeout(look, 150);
}

function tick() {
  for (const timer of document.querySelectorAll("[data-timer]")) {
    const seconds = Math.max(0, Math.floor((Date.now() - skew - Number(timer.dataset.timer)) / 1000));
    timer.querySelector("b").textContent = `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
  }
}

document.addEventListener("DOMContentLoaded", () => {
  if (!here()) return;
  skew = Date.now() - Number(here().dataset.now);
  const { live } = here().dataset;
  if (live) {
    const url = live.startsWith(":") ? `${location.protocol}//${location.hostname}${live}/live/` : live;
    const news = new EventSource(url, { withCredentials: true });
    news.addEventListener("floor", soon);
    news.addEventListener("state", soon);
  }
  if (location.hash === "#whisper") document.getElementById("whisper").focus();
  tick();
  setInterval(tick, 1000);
  setInterval(look, live ? 5000 : 2000);
});
