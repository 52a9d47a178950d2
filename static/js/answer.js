// Saves an answer while it is typed, and loses nothing where that fails: what isn't saved yet lies in this browser,
// under the writer's own key. The page's form does the same job without any of this, when it is sent.
(() => {
  const PREFIX = "qm-unsaved";
  const PAUSE = 1000; // ms without typing before it is saved
  const AT_MOST = 10_000; // ms of typing without a pause before it is saved all the same
  const QUIET = 60_000; // ms between two times that a screen reader hears "Saved"
  const LONGEST_WAIT = 30_000; // ms between two attempts while saving fails
  const DAYS_KEPT = 60;

  // --- What lies in the browser -------------------------------------------------------------------------
  const storage = {
    read(key) {
      try {
        return JSON.parse(localStorage.getItem(key));
      } catch {
        return null;
      }
    },
    write(key, value) {
      try {
        localStorage.setItem(key, JSON.stringify(value));
        return true;
      } catch {
        return false;
      }
    },
    remove(key) {
      try {
        localStorage.removeItem(key);
      } catch {
        // Where nothing can be kept there is nothing to remove.
      }
    },
    tidy() {
      const oldest = Date.now() - DAYS_KEPT * 24 * 60 * 60 * 1000;
      try {
        for (const key of Object.keys(localStorage)) {
          if (key.startsWith(`${PREFIX}:`) && !(storage.read(key)?.at > oldest)) storage.remove(key);
        }
      } catch {
        // As above.
      }
    },
  };
  const same = (one, other) =>
    one.text.trim() === other.text.trim() && one.rating === other.rating && one.changed === other.changed;
  storage.tidy();

  const reading = document.querySelector("[data-kept]");
  if (reading) {
    const kept = storage.read(`${PREFIX}:${reading.dataset.person}:${reading.dataset.key}`);
    if (kept?.text.trim()) {
      reading.querySelector("textarea").value = kept.text;
      reading.hidden = false;
    }
  }

  const form = document.querySelector("form[data-answer]");
  if (!form || !window.htmx) return;
  const text = form.querySelector("#id_text");
  const box = form.querySelector("#autosave");
  const savedLine = form.querySelector("#saved");
  const problems = form.querySelector("#problems");
  const comparison = form.querySelector("#comparison");
  const unchosen = form.querySelector("#unchosen");
  const announcer = form.querySelector("#announcer");
  const writer = form.elements.writer.value;
  const key = `${PREFIX}:${writer}:${form.dataset.key}`;
  const page = Math.random().toString(36).slice(2);

  // --- The form -----------------------------------------------------------------------------------------
  const seen = () => form.querySelector("#id_seen"); // replaced by each answer of the server
  const chosen = (name) => form.querySelector(`[name=${name}]:checked`)?.value ?? "";
  const read = () => ({ text: text.value, rating: chosen("rating"), changed: chosen("changed") });
  const choose = (name, value) => {
    for (const radio of form.querySelectorAll(`[type=radio][name=${name}]`)) radio.checked = radio.value === value;
  };
  const write = (answer) => {
    text.value = answer.text;
    choose("rating", answer.rating);
    choose("changed", answer.changed);
    count();
  };
  const isComparing = () => Boolean(comparison.querySelector("[data-comparison]"));

  let saved = "unsaved" in form.dataset ? null : read(); // what the server has, as far as is known
  let sending = null; // what was sent and not answered: sent again as it was, so that one save is never two
  let pressed = null; // the button that waits until everything is saved
  let passing = false; // the form is being sent as a form
  let signingIn = false;
  let renewed = false; // the token has just been replaced
  let problem = "";
  let announcedAt = 0;
  let wait = 0;
  let retry, pause, ceiling;

  // A browser that fills in a page again after "Back" would do so with an old revision.
  form.autocomplete = "off";

  const announce = (words) => {
    announcer.textContent = words;
    announcedAt = Date.now();
  };

  const count = () => {
    const words = text.value.split(/\s+/).filter(Boolean).length;
    const over = form.querySelector("[data-over]");
    const isOver = words > Number(form.dataset.limit);
    form.querySelector("[data-words]").textContent = words;
    if (isOver && over.hidden) announce(over.textContent);
    over.hidden = !isOver;
  };

  const keep = () => {
    form.dataset.unsaved = "";
    const isKept = storage.write(key, { ...read(), page, at: Date.now() });
    form.querySelector("[data-no-storage]").hidden = isKept;
    for (const words of problems.querySelectorAll("[data-safe]")) words.hidden = !isKept;
  };
  const release = () => {
    delete form.dataset.unsaved;
    // Another window may have put its own text there.
    if (storage.read(key)?.page === page) storage.remove(key);
  };

  const isUnsaved = () => !saved || Boolean(sending) || !same(read(), saved);

  // --- Saving -------------------------------------------------------------------------------------------
  const save = () => {
    clearTimeout(retry);
    clearTimeout(pause);
    clearTimeout(ceiling);
    ceiling = undefined;
    if (!isComparing()) htmx.trigger(box, "save");
  };
  const saveSoon = () => {
    clearTimeout(pause);
    pause = setTimeout(save, PAUSE);
    ceiling ??= setTimeout(save, AT_MOST);
  };
  const saveAgain = () => {
    clearTimeout(retry);
    wait = Math.min(LONGEST_WAIT, wait * 2 || 2000);
    retry = setTimeout(save, wait);
  };

  const show = (kind, said = "") => {
    const notice = problems.querySelector(`[data-problem=${kind}]`);
    for (const other of problems.querySelectorAll("[data-problem]")) other.hidden = other !== notice;
    if (said) notice.querySelector("[data-said]").textContent = said;
    savedLine.hidden = true;
    if (problem !== kind + said) announce(notice.textContent);
    problem = kind + said;
    if (pressed) problems.focus();
    pressed = null;
  };
  const clear = () => {
    for (const notice of problems.querySelectorAll("[data-problem]")) notice.hidden = true;
    savedLine.hidden = false;
    if (problem || Date.now() - announcedAt > QUIET) announce(savedLine.textContent);
    problem = "";
    wait = 0;
  };

  const settle = () => {
    const isRated = saved?.rating !== sending.rating;
    saved = sending;
    sending = null;
    clear();
    if (isRated) htmx.trigger(document.body, "rated");
    if (isUnsaved()) {
      keep();
      if (pressed) save();
      else saveSoon();
      return;
    }
    release();
    if (pressed) {
      passing = true;
      form.requestSubmit(pressed);
    }
  };

  // Somebody has signed in again in another tab: with a new token the page can go on, for the same person.
  const renew = async () => {
    try {
      const answer = await fetch(location.pathname, { cache: "no-store" });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const person = fresh.querySelector("#answer [name=writer]")?.value ?? fresh.querySelector("[data-kept]")?.dataset.person;
      if (answer.status >= 500) throw new Error(answer.statusText);
      if (new URL(answer.url).pathname !== location.pathname) {
        show("signed-out");
        saveAgain();
      } else if (person !== writer) {
        show("person");
        saveAgain();
      } else {
        const token = fresh.querySelector("[name=csrfmiddlewaretoken]").value;
        for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
        renewed = true;
        save();
      }
    } catch {
      show(navigator.onLine ? "server" : "offline");
      saveAgain();
    }
  };

  const compare = () => {
    sending = null;
    clear();
    keep();
    savedLine.hidden = true;
    const heading = comparison.querySelector("h2");
    announce(`${heading.textContent} ${heading.nextElementSibling.textContent}`);
    if (pressed) heading.focus();
    pressed = null;
  };

  box.addEventListener("htmx:configRequest", (event) => {
    sending ??= { ...read(), seen: seen().value };
    Object.assign(event.detail.parameters, sending);
  });
  form.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.getResponseHeader("QM-Why") !== "stale") return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    event.detail.target = comparison;
  });
  box.addEventListener("htmx:afterRequest", ({ detail: { xhr } }) => {
    const why = xhr.getResponseHeader("QM-Why");
    if (xhr.status === 200) settle();
    else if (why === "stale") compare();
    else if (why === "token" && !renewed) renew();
    else if (why === "token") show("token");
    else if (xhr.status === 401) {
      show("signed-out");
      saveAgain();
    } else if (xhr.status === 0 || xhr.status >= 500 || xhr.status === 429) {
      show(navigator.onLine ? "server" : "offline");
      saveAgain();
    } else {
      sending = null;
      show("refused", xhr.status < 500 && xhr.responseText.length < 500 ? xhr.responseText : "");
    }
    if (why !== "token") renewed = false;
  });
  form.querySelector("#presence").addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.xhr.status !== 401 || problem) return;
    show("signed-out");
    saveAgain();
  });

  // --- What the writer does -----------------------------------------------------------------------------
  text.addEventListener("input", () => {
    count();
    keep();
    saveSoon();
  });
  form.addEventListener("change", (event) => {
    if (event.target !== text && !["rating", "changed"].includes(event.target.name)) return;
    if (!isUnsaved()) return;
    keep();
    save();
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[name=choose]");
    if (button) {
      event.preventDefault();
      const panel = comparison.querySelector("[data-comparison]");
      const mine = read();
      seen().value = panel.querySelector("[name=shown]").value;
      const theirs = { text: panel.querySelector("[data-saved-text]").value, ...panel.dataset };
      comparison.replaceChildren();
      if (button.value === "theirs") {
        write({ text: theirs.text, rating: theirs.rating, changed: theirs.changed });
        saved = read();
        release();
        storage.remove(key);
        unchosen.replaceChildren(form.querySelector("#unchosen-template").content.cloneNode(true));
        unchosen.querySelector("textarea").value = mine.text;
        announce(unchosen.querySelector("h2").textContent);
      } else {
        saved = null;
        save();
      }
      text.focus();
    }
    if (event.target.closest("[data-newer]") && isUnsaved()) {
      event.preventDefault();
      save();
    }
    if (event.target.closest("[data-sign-in-here]")) signingIn = true;
  });
  form.addEventListener("submit", (event) => {
    if (passing) {
      // A second click. Where nothing came of the first, a broken connection perhaps, the buttons work again.
      if (pressed) setTimeout(() => (passing = false), 5000);
      else event.preventDefault();
      pressed = null;
      return;
    }
    event.preventDefault();
    if (isComparing()) {
      announce(problems.querySelector("[data-choose-first]").textContent);
      comparison.querySelector("h2").focus();
      return;
    }
    pressed = event.submitter ?? document.querySelector("button[form=answer]");
    save();
  });

  const isHopeful = () => problem && !problem.startsWith("refused");
  window.addEventListener("online", () => isHopeful() && save());
  window.addEventListener("focus", () => isHopeful() && save());
  window.addEventListener("beforeunload", (event) => {
    if (!passing && !signingIn && problem && isUnsaved()) event.preventDefault();
  });
  // Whoever leaves in the middle of a word takes it with them.
  window.addEventListener("pagehide", () => {
    if (passing || isComparing() || !isUnsaved()) return;
    const fields = new URLSearchParams({
      csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value,
      seen: seen().value,
      ...read(),
      ...(sending && { sent: sending.text }),
    });
    fetch(box.getAttribute("hx-post"), { method: "POST", body: fields, keepalive: true }).catch(() => {});
  });
  // Coming back with the browser's arrow shows the page as it was left, with its buttons to be pressed again.
  window.addEventListener("pageshow", (event) => {
    passing = signingIn = false;
    if (event.persisted && isUnsaved()) save();
  });

  // --- What was typed here before ------------------------------------------------------------------------
  count();
  // Once htmx listens: it starts with this event, too, and was loaded before.
  document.addEventListener("DOMContentLoaded", () => {
    const kept = storage.read(key);
    if (!saved || isComparing()) keep();
    else if (kept && same(kept, saved)) storage.remove(key);
    else if (kept) {
      // On no known revision: the server shows both where they differ, and the writer chooses.
      write(kept);
      saved = null;
      seen().value = "";
      keep();
      save();
    }
  });
})();
