"use strict";
// Everything works without this file, but for the page that asks GHL who is looking.

function askGhl() {
  const form = document.getElementById("context");
  if (!form) return;
  const alone = () => {
    document.getElementById("asking").hidden = true;
    document.getElementById("alone").hidden = false;
  };
  if (window.parent === window) return alone();
  const waiting = setTimeout(alone, 8000);
  window.addEventListener("message", (event) => {
    const answer = event.data;
    if (event.source !== window.parent || !answer || answer.message !== "REQUEST_USER_DATA_RESPONSE") return;
    clearTimeout(waiting);
    form.elements.context.value = String(answer.payload);
    form.submit();
  });
  window.parent.postMessage({ message: "REQUEST_USER_DATA" }, "*");
}

// A form is sent once, however often its button is pressed.
function sendOnce() {
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button) return;
    if (button.dataset.sent) return event.preventDefault();
    button.dataset.sent = "yes";
    button.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("[data-sent]").forEach((button) => {
      delete button.dataset.sent;
      button.removeAttribute("aria-busy");
    });
  });
}

// Parts that say how things stand are read again while somebody looks at them.
function keepFresh() {
  const part = document.querySelector("[data-fresh]");
  if (!part) return;
  setInterval(async () => {
    if (document.hidden || part.contains(document.activeElement)) return;
    const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
    if (!answer || !answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-fresh]");
    if (fresh && fresh.innerHTML !== part.innerHTML) part.innerHTML = fresh.innerHTML;
  }, Number(part.dataset.fresh) * 1000);
}

askGhl();
sendOnce();
keepFresh();
