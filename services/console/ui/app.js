"use strict";
// What pages do beyond HTML: copying, times in the viewer's zone, waiting for one thing to happen. Every page works without it.

for (const button of document.querySelectorAll("button[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    const said = button.nextElementSibling;
    try {
      await navigator.clipboard.writeText(source.textContent);
      said.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(source);
      said.textContent = "Selected. Press Ctrl or Cmd and C to copy.";
    }
  });
}

for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  time.title = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" }) + " (" + time.dateTime + ")";
}

// Asks every five seconds for ten minutes, and announces what changed. The scripts' answers are text, never markup.
for (const place of document.querySelectorAll("[data-poll]")) {
  let left = 120;
  const ask = async () => {
    left--;
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(place.dataset.poll, { headers: { Accept: "application/json" }, cache: "no-store" });
      const said = await answer.json();
      const text = answer.ok ? said.text : said.detail;
      if (text !== place.textContent) place.textContent = text;
      if (answer.status === 401 || said.done) {
        if (said.done) place.classList.add("good");
        return;
      }
    } catch { /* the next time */ } finally {
      place.removeAttribute("aria-busy");
    }
    if (left > 0) setTimeout(ask, 5000);
    else place.textContent = "Not used within ten minutes. Open the page of the token to look again.";
  };
  setTimeout(ask, 1000);
}

// A token that is shown once is not left by mistake.
const once = document.querySelector("[data-once]");
if (once) {
  const stay = (event) => event.preventDefault();
  addEventListener("beforeunload", stay);
  once.addEventListener("click", () => removeEventListener("beforeunload", stay));
}

const alertBox = document.querySelector("[data-focus]");
if (alertBox) alertBox.focus();

// Keyboard shortcuts, which are off until the person turns them on in this browser (WCAG 2.1.4): "/" goes to the search, "g" and then the
// first letter of a page goes there.
const shortcuts = {
  get on() { try { return localStorage.getItem("shortcuts") === "on"; } catch { return false; } },
  set on(is) { try { localStorage.setItem("shortcuts", is ? "on" : "off"); } catch { /* stays as it is */ } },
};
const toggle = document.querySelector("[data-shortcuts]");
if (toggle) {
  const tell = () => { toggle.textContent = "Turn keyboard shortcuts " + (shortcuts.on ? "off" : "on"); };
  tell();
  toggle.closest("[hidden]").hidden = false;
  toggle.addEventListener("click", () => { shortcuts.on = !shortcuts.on; tell(); });
}
let goes = 0; // until when the letter of a page may follow
addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (!shortcuts.on || typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const page = performance.now() < goes && document.querySelector(`nav [data-key="${CSS.escape(event.key)}"]`);
  goes = 0;
  if (page) {
    page.click();
  } else if (event.key === "g") {
    goes = performance.now() + 1500;
  } else if (event.key === "/") {
    const search = document.querySelector("input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});
