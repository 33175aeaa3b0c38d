// What the pages do beyond HTML: they ask for news while they are open, and say when they are closed. All works without it.
"use strict";

// Makes a part of the page as the server has it now, and touches nothing that is as it was: what has the focus keeps it, and a
// screen reader reads only what is new. A child with an id is that child wherever it comes; others are told by their order.
function write(part, html) {
  const now = part.cloneNode(false);
  now.innerHTML = html; // made by the same templates as the page
  change(part, now);
}

function change(node, now) {
  if (node.nodeType !== now.nodeType || node.nodeName !== now.nodeName || node.id !== now.id) {
    node.replaceWith(now);
  } else if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.data !== now.data) node.data = now.data;
  } else {
    for (const { name, value } of now.attributes) {
      if (node.getAttribute(name) !== value) node.setAttribute(name, value);
    }
    for (const { name } of [...node.attributes]) {
      if (!now.hasAttribute(name)) node.removeAttribute(name);
    }
    let old = node.firstChild;
    for (const child of [...now.childNodes]) {
      const same = child.id && [...node.children].find(({ id }) => id === child.id);
      if (same) {
        // What is between was removed. The child itself is not moved, by which it would lose the focus.
        while (old && old !== same) old = removed(old);
      } else if (old?.id || !old) {
        node.insertBefore(child, old);
        continue;
      }
      const next = old.nextSibling;
      change(old, child);
      old = next;
    }
    while (old) old = removed(old);
  }
}

function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

// Asks again and again, one question at a time; at once when the tab is looked at again.
function poll(every, ask) {
  let timer = 0;
  let asking = false;
  const next = async () => {
    clearTimeout(timer);
    if (asking) return;
    asking = true;
    try {
      await ask();
    } catch {
      // No answer: the next question may have one.
    }
    asking = false;
    timer = setTimeout(next, every);
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) next();
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) next();
  });
  timer = setTimeout(next, every);
}

async function textOf(answer) {
  // Signed out meanwhile: the page stays as it is, with what was typed.
  if (answer.status !== 200 || answer.redirected) throw new Error(answer.statusText);
  return answer.text();
}

const rows = document.getElementById("rows");
if (rows) {
  poll(Number(rows.dataset.poll), async () => {
    write(rows, await textOf(await fetch(rows.dataset.rows)));
  });
}

const card = document.getElementById("card");
if (card?.dataset.live) {
  let typed = false;
  let sent = false;
  let number = 0;

  // Each message has a number: what has come after a newer one counts no more.
  document.addEventListener("formdata", ({ formData }) => {
    if (formData.has("page")) formData.set("number", ++number);
  });

  // The page before in this tab, whose lease is for this one. It may not have said yet that it is closed.
  const before = sessionStorage.getItem(card.dataset.leave);
  sessionStorage.removeItem(card.dataset.leave);

  const isEdited = () =>
    [...card.elements].some((input) => card.elements[`was_${input.name}`] && card.elements[`was_${input.name}`].value !== input.value.replace(/\r\n/g, "\n"));

  const isOpen = () => !card.querySelector("[readonly]");

  const setOpen = (open) => {
    for (const input of card.querySelectorAll("input:not([type=hidden]), textarea")) input.readOnly = !open;
    for (const button of document.querySelectorAll("button[form=card].default, #card button[value=save]")) button.disabled = !open;
  };

  // Asks what is new, and does what a button about the lease says. One question at a time: an answer that is older than the
  // one before it would undo that.
  let last = Promise.resolve();
  const ask = (wants = "") => {
    last = last.catch(() => {}).then(() => askNow(wants));
    return last;
  };

  const askNow = async (wants) => {
    const body = new URLSearchParams(new FormData(card));
    const wasTyped = typed;
    body.set("typed", wasTyped ? "yes" : "");
    body.set("wants", wants);
    if (before) body.set("before", before);
    typed = false;
    let html;
    try {
      html = await textOf(await fetch(card.dataset.live, { method: "POST", body }));
    } catch (error) {
      typed ||= wasTyped; // for the next question
      throw error;
    }
    if (sent) return;
    const answer = document.createElement("template");
    answer.innerHTML = html;
    const news = answer.content.firstElementChild;
    const open = news.dataset.open === "true";
    // Free at last. What the page shows may be old by now: it is shown anew, unless somebody has typed into it; and nobody types
    // into it before it is.
    if (open && !isOpen() && news.dataset.old === "true" && !isEdited()) return showAnew();
    setOpen(open);
    write(document.getElementById("live"), news.innerHTML);
  };

  const showAnew = async () => {
    const address = `${card.getAttribute("action")}?page=${card.elements.page.value}`;
    const page = new DOMParser().parseFromString(await textOf(await fetch(address)), "text/html");
    for (const part of ["h1", "#card", ".history", "#live"]) {
      const old = document.querySelector(part);
      const now = page.querySelector(part);
      if (old && now) change(old, now);
    }
    for (const input of page.querySelectorAll("#card [name]")) {
      const shown = card.elements[input.name];
      if (shown && "value" in shown) shown.value = input.value;
    }
    setOpen(isOpen());
  };

  card.addEventListener("input", () => {
    typed = true;
  });
  card.addEventListener("submit", () => {
    sent = true;
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-lease]");
    if (!button) return;
    event.preventDefault();
    await ask(button.value).catch(() => {
      card.append(button); // the answer to another question may have taken it off the page
      card.requestSubmit(button);
    });
  });
  poll(Number(card.dataset.poll), () => ask());
  if (before) ask().catch(() => {}); // the next question may have an answer
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) sent = false;
  });
  // With the page's own name, so that it cannot end what the next page begins.
  window.addEventListener("pagehide", () => {
    const page = card.elements.page.value;
    sessionStorage.setItem(card.dataset.leave, page);
    navigator.sendBeacon(card.dataset.leave, new URLSearchParams({ page, number: ++number }));
  });
}

// "Use it", beside an input.
for (const button of document.querySelectorAll("button.use")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const input = document.getElementById(button.dataset.for);
    input.value = button.dataset.text;
    input.focus();
  });
}

// A number with two buttons beside it.
for (const counter of document.querySelectorAll("[data-counter]")) {
  const input = counter.querySelector("input");
  const name = document.querySelector(`label[for=${input.id}]`).textContent;
  const add = (text, label, step) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.setAttribute("aria-label", `${name}: ${label}`);
    button.addEventListener("click", () => {
      input.value = Math.max(0, (Number.parseInt(input.value, 10) || 0) + step);
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
    return button;
  };
  counter.prepend(add("−", "one less", -1));
  counter.append(add("+", "one more", 1));
}

// A form whose answer nobody needs to see.
for (const form of document.querySelectorAll("form[data-quietly]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams() });
    const said = form.querySelector(".hint");
    said.setAttribute("role", "status");
    said.textContent = answer.ok ? form.dataset.quietly : "It was not saved. Try again.";
  });
}
