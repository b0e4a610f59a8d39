// The officer's desk: keys, timers, drafts and news. Everything that counts is done by the forms of the page.
"use strict";

const $ = (selector, from = document) => from.querySelector(selector);
const room = () => $("#room");
const TYPING = "input:not([type=checkbox]):not([type=radio]), select, textarea";
let skew = 0;
let painted = "";
let news = null;
let heard = 0;
let beating = 0;
// A key before all scripts are there would follow a link, and what is typed after it would be lost with the page.
let isReady = false;

function keymap() {
  const pairs = room().dataset.keys.trim().split(/\s+/).map((pair) => pair.split(":"));
  return Object.fromEntries(pairs.map(([command, code]) => [code, command]));
}

const isShown = (element) => element && element.offsetParent !== null && element.getAttribute("aria-disabled") !== "true";

// ── Keys ────────────────────────────────────────────────────
function press(command) {
  const shown = [...document.querySelectorAll(`[data-command~="${command}"]`)].find(isShown);
  if (command === "history") {
    $("#history")?.focus({ preventScroll: true });
  } else if (!shown) {
    return false;
  } else if (shown.matches(TYPING)) {
    shown.focus();
    if (shown.matches("textarea")) shown.setSelectionRange(shown.value.length, shown.value.length);
  } else {
    if (shown.matches(".outcome")) shown.setAttribute("aria-pressed", "true");
    shown.click();
  }
  return true;
}

function goOn() {
  const commit = $("#card [data-commit]");
  if (isShown(commit)) commit.click();
  else $("[data-next]")?.click();
}

function back() {
  const over = $("#over:not([hidden])");
  if ($("#keys")?.open) $("#keys").close();
  else if (document.activeElement.matches(TYPING)) $("#act")?.focus({ preventScroll: true });
  else if ($("#card")?.firstElementChild) closeCard();
  else if (over) closeOver();
  else document.activeElement.blur();
}

function closeCard() {
  $("#card").replaceChildren();
  for (const pressed of document.querySelectorAll(".outcome[aria-pressed]")) pressed.removeAttribute("aria-pressed");
  $("#act")?.focus({ preventScroll: true });
}

function closeOver() {
  const empty = document.createElement("section");
  Object.assign(empty, { id: "over", className: "why", hidden: true });
  $("#over").replaceWith(empty);
}

// What is typed before the field is there goes into it.
let ahead = null;
function typeAhead() {
  ahead = "";
  setTimeout(() => { ahead = null; }, 2000);
}

// In an open list of reasons the numbers choose; elsewhere they write down outcomes.
function chosenByNumber(code) {
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(code);
  const choices = '#card :is([data-card="skip"], [data-card="longer"]) button[name], #card [data-card="ladder"] input[name="offer"]';
  const calling = document.activeElement.closest("#candidates") ? "#candidates .candidate .btn--primary" : choices;
  const button = digit && document.querySelectorAll(calling)[Number(digit[1]) - 1];
  button?.focus();
  button?.click();
  return Boolean(button);
}

document.addEventListener("keydown", (event) => {
  if (!room() || !isReady) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    goOn();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") {
    back();
    return;
  }
  if (event.key === "Enter" && event.target.id === "who" && $("#candidates .candidate")) {
    event.preventDefault();
    $("#candidates").focus({ preventScroll: true });
    return;
  }
  if (event.target.closest(TYPING) || $("#keys")?.open) return;
  if (ahead !== null && event.key.length === 1) {
    event.preventDefault();
    ahead += event.key;
    return;
  }
  if (event.key === " " && event.target.closest("a, button, summary, input, label")) return;
  if (event.key === "?") {
    event.preventDefault();
    $("#keys").showModal();
    return;
  }
  const filter = document.activeElement.closest("#history") && $(`[data-filter="${CSS.escape(event.key)}"]`);
  const command = keymap()[event.code.replace("Numpad", "Digit")];
  if (filter) {
    event.preventDefault();
    filter.click();
  } else if (chosenByNumber(event.code) || (command && press(command))) {
    event.preventDefault();
    if (command === "find") typeAhead();
  }
});

// ── What is pressed ─────────────────────────────────────────
document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  const fill = at("[data-fill]");
  const later = at("[data-in]");
  const outcome = at("button.outcome");
  if (at("[data-close]")) closeCard();
  if (at("[data-close-over]") || (at("#over a[data-key=Escape]") && !event.defaultPrevented)) {
    event.preventDefault();
    closeOver();
  }
  if (at('[data-command="keys"]')) {
    event.preventDefault();
    $("#keys").showModal();
  }
  if (at('[data-command="history"]')) {
    event.preventDefault();
    $("#history").focus({ preventScroll: true });
  }
  if (outcome) outcome.form.elements.advances.value = "advances" in outcome.dataset ? "1" : "";
  if (fill) {
    $(`#${fill.dataset.fill}`).value = fill.dataset.value;
    $(`#${fill.dataset.fill}`).dispatchEvent(new Event("input", { bubbles: true }));
  }
  if (later) laterBy(Number(later.dataset.in));
}, true);

function laterBy(minutes) {
  const then = new Date(Date.now() - skew + minutes * 60000);
  const two = (number) => String(number).padStart(2, "0");
  $("#at-day").value = `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}`;
  $("#at-time").value = `${two(then.getHours())}:${two(then.getMinutes())}`;
  typed($("#at-time"));
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("#verify");
  if (form && form.querySelectorAll(":checked").length >= Number(form.dataset.needed)) form.requestSubmit();
  if (event.target.dataset.person) event.target.form.elements.person.value = event.target.dataset.person;
});

// ── Drafts: in the browser at once, on the server within a second ──
let saving = 0;
const draftKey = () => `draft ${room()?.dataset.account}`;

function fields() {
  const found = {};
  for (const field of document.querySelectorAll("[data-draft]")) if (field.value) found[field.name] = field.value;
  return found;
}

function typed(field) {
  readBack();
  if (!room()?.dataset.draftUrl || !field?.matches("[data-draft]")) return;
  localStorage.setItem(draftKey(), JSON.stringify(fields()));
  tell("saving");
  clearTimeout(saving);
  saving = setTimeout(save, 500);
}

async function save() {
  const url = room()?.dataset.draftUrl;
  if (!url) return;
  const body = new URLSearchParams(fields());
  body.set("csrfmiddlewaretoken", $("[name=csrfmiddlewaretoken]").value);
  try {
    const answer = await fetch(url, { method: "POST", body, keepalive: true });
    tell(answer.ok ? "saved" : "kept");
  } catch {
    tell("kept");
    saving = setTimeout(save, 3000);
  }
}

function tell(what) {
  const mark = $("#saved span");
  if (!mark) return;
  $("#saved").hidden = false;
  mark.textContent = mark.dataset[what];
}

// What a browser that was killed had kept is newer than what reached the server.
function restore() {
  const kept = JSON.parse(localStorage.getItem(draftKey()) ?? "null");
  if (!kept || !room()?.dataset.draftUrl) return;
  for (const field of document.querySelectorAll("[data-draft]")) {
    if (kept[field.name] !== undefined && field !== document.activeElement) field.value = kept[field.name];
  }
}

document.addEventListener("input", (event) => typed(event.target));

function readBack() {
  const line = $("[data-readback]");
  if (!line) return;
  const day = $("#day").valueAsDate;
  // The page writes its dates day first in English too.
  const written = line.lang === "en" ? "en-GB" : line.lang;
  const told = day ? day.toLocaleDateString(written, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" }) : "…";
  const amount = `${line.dataset.currency} ${$("#amt").value}`;
  line.textContent = line.dataset.readback.replace("{amount}", amount).replace("{day}", told);
}

// ── Requests ────────────────────────────────────────────────
document.addEventListener("htmx:config:request", (event) => {
  const { action, body, method } = event.detail.ctx.request;
  if (method !== "POST" || !/\/(outcome|next|dispute|complaint|hardship|proof)\/$/.test(action)) return;
  const around = { note: $("#note")?.value, wrote: $("#outcome [name=wrote]")?.value, reason: $("[name=reason][form=outcome]")?.value };
  for (const [name, value] of Object.entries(around)) if (value && !body.has(name)) body.set(name, value);
});

document.addEventListener("htmx:before:request", (event) => {
  const { action, method } = event.detail.ctx.request;
  if (method === "POST" && /\/(outcome|next|note|dispute|complaint|hardship|proof)\/$/.test(action)) clearTimeout(saving);
  event.detail.ctx.draft = draftKey();
});

document.addEventListener("htmx:after:request", (event) => {
  const { action, method } = event.detail.ctx.request;
  const isOurs = method === "POST" && /\/(outcome|next|note)\/$/.test(action);
  if (isOurs && event.detail.ctx.response?.raw?.ok) event.detail.ctx.isKept = true;
});

document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail?.ctx?.isKept && !$("#room [role=alert].banner--late")) localStorage.removeItem(event.detail.ctx.draft);
  begin();
});

// A card was sent: what was typed on it is written down, and what stands beside it comes back from the server.
document.addEventListener("desk", () => {
  localStorage.removeItem(draftKey());
  look();
});

function look() {
  htmx.ajax("GET", location.pathname, { target: "#room", swap: "outerMorph" });
}

// ── Time ────────────────────────────────────────────────────
const clock = (seconds) => `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;

function tick() {
  const now = Date.now() - skew;
  for (const timer of document.querySelectorAll("[data-timer]")) {
    const seconds = Math.max(0, Math.floor((now - Number(timer.dataset.timer)) / 1000));
    const { amber, red } = timer.dataset;
    const number = $("b", timer);
    if (number.textContent !== clock(seconds)) number.textContent = clock(seconds);
    timer.classList.toggle("timer--amber", Number(amber) > 0 && seconds >= Number(amber) && !(Number(red) > 0 && seconds >= Number(red)));
    timer.classList.toggle("timer--red", Number(red) > 0 && seconds >= Number(red));
  }
  const left = $("[data-left]");
  if (left) {
    const seconds = Number(left.dataset.left) - 1;
    left.dataset.left = seconds;
    left.textContent = `${seconds} ${left.dataset.unit}`;
  }
  const toast = $("[data-toast]");
  if (toast && (toast.dataset.toast -= 1) < 0) toast.remove();
  advance();
  age();
}

// A wrap that is over goes on by itself, unless somebody is typing or the outcome is missing.
function advance() {
  const isOver = room()?.dataset.state === "wrap" && $(".call__time.timer--red") && $("[data-next]");
  if (isOver && !document.activeElement.matches(TYPING) && !$("#card")?.firstElementChild) $("[data-next]").click();
}

// While a call is under way the page of the account that comes next is made.
function lookAhead() {
  const url = room().dataset.aheadUrl;
  if (!url) return;
  const body = new URLSearchParams({ csrfmiddlewaretoken: $("[name=csrfmiddlewaretoken]").value });
  fetch(url, { method: "POST", body }).catch(() => {});
}

async function beat() {
  const here = room();
  if (!here || here.dataset.state === "ready") return;
  const body = new URLSearchParams({ csrfmiddlewaretoken: $("[name=csrfmiddlewaretoken]").value });
  try {
    const answer = await fetch(here.dataset.beatUrl, { method: "POST", body });
    if (answer.ok && !(await answer.json()).held && here.dataset.draftUrl) look();
  } catch {
    // Without a network the age of the news tells it.
  }
}

// ── News ────────────────────────────────────────────────────
function listen() {
  const live = room()?.dataset.live;
  if (!live || news) return;
  const url = live.startsWith(":") ? `${location.protocol}//${location.hostname}${live}/live/` : live;
  news = new EventSource(url, { withCredentials: true });
  heard = Date.now();
  const hear = (event) => { heard = Date.now(); return event; };
  news.addEventListener("ping", hear);
  news.addEventListener("account", (event) => { hear(event); isAnother(); });
  news.addEventListener("queue", (event) => { hear(event); another(); });
  news.addEventListener("state", (event) => { hear(event); if (JSON.parse(event.data).what === "beside") lookBeside(); });
}

function lookBeside() {
  const url = $("#beside")?.dataset.besideUrl;
  if (url) htmx.ajax("GET", url, { target: "#beside", swap: "outerHTML" });
}

let waiting = 0;
function another() {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    if (room() && !$("#queue :focus")) htmx.ajax("GET", room().dataset.queueUrl, { target: "#queue .queue__list", swap: "outerHTML", select: ".queue__list" });
  }, 60);
}

function isAnother() {
  const url = room()?.dataset.newsUrl;
  if (url) htmx.ajax("GET", url, { target: "#banner", swap: "innerHTML" });
  another();
}

function age() {
  const mark = $("#stale");
  if (!mark || !news) return;
  const seconds = Math.floor((Date.now() - heard) / 1000);
  mark.hidden = seconds <= 10;
  $("b", mark).textContent = seconds;
  for (const button of document.querySelectorAll("[data-live]")) {
    if (seconds > 60) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
}

document.addEventListener("submit", (event) => {
  if ($('[data-live][aria-disabled="true"]', event.target)) event.preventDefault();
}, true);

// ── Beginning ───────────────────────────────────────────────
function begin() {
  const here = room();
  if (!here) return;
  const who = $("#over #who");
  if (who && !who.dataset.begun) {
    who.dataset.begun = "1";
    who.focus({ preventScroll: true });
    if (ahead) {
      who.value += ahead;
      who.dispatchEvent(new Event("input", { bubbles: true }));
    }
    ahead = null;
  }
  if (here.dataset.now !== painted) {
    painted = here.dataset.now;
    skew = Date.now() - Number(painted);
    lookAhead();
  }
  restore();
  const opened = $("#card [data-card]");
  if (opened && !opened.dataset.begun) {
    opened.dataset.begun = "1";
    if ($("#at-time") && !$("#at-time").value) laterBy(60);
    const first = $("[data-first]", opened) ?? $("input:not([type=hidden]), textarea, button[name]", opened);
    first?.focus({ preventScroll: true });
    if (first?.select && first.type !== "radio") first.select();
    readBack();
  } else if (document.activeElement === document.body) {
    $("#act")?.focus({ preventScroll: true });
  }
  listen();
}

document.addEventListener("DOMContentLoaded", () => {
  begin();
  isReady = true;
  document.documentElement.dataset.ready = "";
  setInterval(tick, 1000);
  beating = setInterval(beat, Number(room()?.dataset.beat ?? 20) * 1000);
});
