// Saves each part of a review while it is written, and loses nothing where that fails: what isn't saved yet lies in
// this browser, under the advisor's own key. The page's form does the same job without any of this, when it is sent.
(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const PAUSE = 1000; // ms without typing before it is saved
  const AT_MOST = 10_000; // ms of typing without a pause before it is saved all the same
  const LONGEST_WAIT = 30_000; // ms between two attempts while saving fails
  const PATIENCE = 20_000; // ms before a save that gets no answer is given up, and sent again
  const prefix = `qm-unsaved:${form.dataset.person}:review-${form.dataset.review}`;
  const savedLine = document.querySelector("#saved");
  const problems = document.querySelector("#problems");

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
      } catch {
        // Nothing can be kept here; it stays on the page.
      }
    },
    remove(key) {
      try {
        localStorage.removeItem(key);
      } catch {
        // Where nothing can be kept there is nothing to remove.
      }
    },
  };
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const token = () => form.elements.csrfmiddlewaretoken.value;

  let passing = false; // the form is being sent as a form
  let wait = 0;
  let retry;

  const show = (kind, said = "") => {
    for (const notice of problems.querySelectorAll("[data-problem]")) notice.hidden = notice.dataset.problem !== kind;
    if (said) problems.querySelector(`[data-problem=${kind}] [data-said]`).textContent = said;
    if (kind) savedLine.textContent = "";
  };

  // --- One part: a question, or the whole ------------------------------------------------------------------
  class Part {
    constructor(section) {
      this.section = section;
      this.number = section.dataset.part;
      this.key = `${prefix}:${this.number}`;
      this.conflict = section.querySelector("[data-conflict]");
      this.seen = section.querySelector("[data-seen]");
      this.areas = [...section.querySelectorAll("textarea[name]")];
      this.radios = [...section.querySelectorAll("input[type=radio]")];
      this.saved = "restored" in form.dataset ? null : this.read();
      this.sending = null; // what was sent and not answered
      this.busy = null; // the request that is under way
      this.before = null; // what the page before this one sent, and didn't hear of
    }

    read() {
      const values = {};
      for (const area of this.areas) values[area.name.split("_")[0]] = area.value.trim();
      if (this.radios.length) values.points = this.radios.find((radio) => radio.checked)?.value ?? "";
      return values;
    }

    write(values) {
      for (const area of this.areas) area.value = values[area.name.split("_")[0]] ?? "";
      for (const radio of this.radios) radio.checked = radio.value === values.points;
      this.tell();
    }

    get isUnsaved() {
      return !this.saved || Boolean(this.sending) || !same(this.read(), this.saved);
    }

    get isComparing() {
      return Boolean(this.conflict.querySelector("[data-comparison]"));
    }

    keep() {
      // With what it was written on, so that a page that is loaded again can tell its own text from another's.
      storage.write(this.key, { values: this.read(), seen: this.seen.value, sent: this.sending, at: Date.now() });
    }

    soon() {
      clearTimeout(this.pause);
      this.pause = setTimeout(() => this.save(), PAUSE);
      this.ceiling ??= setTimeout(() => this.save(), AT_MOST);
    }

    body(values, before) {
      return new URLSearchParams({
        csrfmiddlewaretoken: token(),
        submission: form.elements.submission.value,
        part: this.number,
        seen: this.seen.value,
        ...values,
        // What is on its way may arrive first: it is this page's own.
        ...Object.fromEntries(Object.entries(before ?? {}).map(([name, value]) => [`sent-${name}`, value])),
      });
    }

    save() {
      clearTimeout(this.pause);
      clearTimeout(this.ceiling);
      this.ceiling = undefined;
      if (!passing && !this.isComparing && !this.busy && this.isUnsaved) this.answered = this.send();
    }

    async send() {
      // What was sent and not answered is sent again as it was, so that one save is never two.
      this.sending ??= this.read();
      this.keep();
      this.busy = new AbortController();
      const patience = setTimeout((busy) => busy.abort(), PATIENCE, this.busy);
      let answer;
      try {
        answer = await fetch(form.dataset.autosave, {
          method: "POST",
          body: this.body(this.sending, this.before),
          headers: { "HX-Request": "true" },
          signal: this.busy.signal,
        });
        await this.hear(answer);
      } catch {
        if (!passing) show(navigator.onLine ? "server" : "offline");
        again();
      } finally {
        clearTimeout(patience);
        this.busy = null;
      }
      if (answer?.status === 200 && this.isUnsaved) this.soon();
    }

    async hear(answer) {
      const why = answer.headers.get("QM-Why");
      if (answer.status === 200 && !answer.redirected) {
        const { revision, saved } = await answer.json();
        this.seen.value = revision;
        this.saved = this.sending;
        this.sending = null;
        this.before = null;
        wait = 0;
        if (this.isUnsaved) this.keep();
        else storage.remove(this.key);
        show("");
        savedLine.textContent = `✓ ${saved}`;
      } else if (why === "stale") {
        this.sending = null;
        this.conflict.innerHTML = await answer.text();
        this.tell();
        this.conflict.firstElementChild.focus();
        savedLine.textContent = "";
      } else if (why === "token") {
        await this.renew();
      } else if (answer.status === 401 || answer.redirected) {
        show("signed-out");
        again();
      } else if (answer.status >= 500 || answer.status === 429) {
        show("server");
        again();
      } else {
        this.sending = null;
        const words = await answer.text();
        show("refused", words.startsWith("<") || words.length > 500 ? "" : words);
      }
    }

    // Somebody has signed in again in another tab: with a new token the page can go on, for the same person.
    async renew() {
      const answer = await fetch(location.pathname, { cache: "no-store" });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const theirs = fresh.querySelector("form[data-autosave]");
      if (theirs?.dataset.person === form.dataset.person && theirs.dataset.review === form.dataset.review) {
        form.elements.csrfmiddlewaretoken.value = theirs.elements.csrfmiddlewaretoken.value;
        setTimeout(() => this.save());
      } else {
        show("signed-out");
        again();
      }
    }

    choose(which) {
      const panel = this.conflict.querySelector("[data-comparison]");
      this.seen.value = panel.dataset.revision;
      const values = this.radios.length ? { points: panel.dataset.points } : {};
      for (const area of panel.querySelectorAll("[data-saved]")) values[area.dataset.saved] = area.value.trim();
      this.conflict.replaceChildren();
      this.saved = values;
      this.tell();
      if (which === "saved") {
        this.write(values);
        this.saved = this.read();
        storage.remove(this.key);
      } else this.save();
      this.areas[0].focus();
    }

    // Whether the points that are chosen take a comment, and how far the question is.
    tell(marks = true) {
      const points = this.radios.find((radio) => radio.checked)?.value;
      const comment = this.areas.find((area) => area.name.startsWith("comment"))?.value.trim();
      for (const hint of this.section.querySelectorAll("[data-wanted] [data-points]"))
        hint.hidden = Boolean(comment) || hint.dataset.points !== points;
      const carried = this.section.querySelector("[data-carried]");
      if (carried) carried.hidden = carried.dataset.carried !== points;
      if (marks) this.mark(points, this.areas.some((area) => area.value.trim()));
    }

    // The mark in the bar at the top. What is refused or missing is marked by the server, until it is written anew.
    mark(points, isWritten) {
      const link = document.querySelector(`.jump a[href="#q${CSS.escape(this.number)}"]`);
      if (!link) return;
      const isWanting = this.section.querySelector("[data-wanted] [data-points]:not([hidden])") || this.isComparing;
      const state = isWanting ? "wanting" : points ? "done" : isWritten ? "begun" : "empty";
      link.className = `jump-${state}`;
      for (const mark of link.querySelectorAll("[data-state]")) mark.hidden = mark.dataset.state !== state;
    }
  }

  const parts = [...form.querySelectorAll("[data-part]")].map((section) => new Part(section));
  const partOf = (element) => parts.find((part) => part.section.contains(element));
  const saveAll = () => parts.forEach((part) => part.save());
  const backOnline = () => {
    // What was sent before may hang in a connection that is gone: it is given up, and sent again as it was.
    wait = 0;
    for (const part of parts) part.busy?.abort();
    saveAll();
  };
  function again() {
    clearTimeout(retry);
    wait = Math.min(LONGEST_WAIT, wait * 2 || 2000);
    retry = setTimeout(saveAll, wait);
  }

  // --- What the advisor does -------------------------------------------------------------------------------
  form.addEventListener("input", (event) => {
    const part = partOf(event.target);
    if (!part || !event.target.name) return;
    part.tell();
    part.keep();
    if (event.target.type === "radio") part.save();
    else part.soon();
  });
  form.addEventListener("click", (event) => {
    const which = event.target.closest("[data-choose]")?.dataset.choose;
    if (which) partOf(event.target).choose(which);
  });
  // The figures choose the points where the points have focus, and nowhere else.
  form.addEventListener("keydown", (event) => {
    const levels = event.target.closest("[data-levels]");
    if (!levels || event.ctrlKey || event.altKey || event.metaKey) return;
    const radio = levels.querySelector(`input[value="${CSS.escape(event.key)}"]`);
    if (!radio) return;
    event.preventDefault();
    radio.focus();
    if (!radio.checked) radio.click();
  });
  form.addEventListener("submit", async (event) => {
    // The form brings everything along. What is on its way comes first, or the form would meet it as another's.
    passing = true;
    const underWay = parts.filter((part) => part.busy).map((part) => part.answered);
    if (!underWay.length) return;
    event.preventDefault();
    await Promise.all(underWay);
    form.requestSubmit(event.submitter);
  });
  // A link to a question that is folded away opens it.
  const unfold = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    const folded = target && target.closest("details:not([open])");
    if (folded) {
      folded.open = true;
      target.scrollIntoView();
    }
  };
  window.addEventListener("hashchange", unfold);
  window.addEventListener("online", backOnline);
  window.addEventListener("focus", () => wait && saveAll());
  window.addEventListener("beforeunload", (event) => {
    if (!passing && wait && parts.some((part) => part.isUnsaved)) event.preventDefault();
  });
  // Whoever leaves in the middle of a word takes it with them.
  window.addEventListener("pagehide", () => {
    if (passing) return;
    for (const part of parts) {
      if (part.isComparing || !part.isUnsaved) continue;
      const options = { method: "POST", body: part.body(part.read(), part.sending), keepalive: true };
      fetch(form.dataset.autosave, options).catch(() => {});
    }
  });
  window.addEventListener("pageshow", (event) => {
    passing = false;
    if (event.persisted) saveAll();
  });

  // --- What was typed here before --------------------------------------------------------------------------
  for (const part of parts) {
    const kept = storage.read(part.key);
    part.tell(false);
    if (!part.saved || !kept?.values) continue;
    if (same(kept.values, part.saved)) storage.remove(part.key);
    else {
      // Where something else has been saved since, the server shows both, and the advisor chooses.
      part.write(kept.values);
      if (kept.seen !== part.seen.value) part.seen.value = "";
      part.before = kept.sent;
      part.saved = null;
      part.save();
    }
  }
  unfold();
})();
