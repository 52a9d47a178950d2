// The evidence of a question: several files at once, dropped or chosen, sent one at a time with a bar for each; and
// what has been changed in the list is put in without touching what is being typed. Without this script everything is
// a field of the answer's form.
(() => {
  const section = document.querySelector("[data-evidence]");
  if (!section) return;
  const form = section.closest("form");
  const zone = section.querySelector("[data-drop]");
  const chooser = zone.querySelector("input[type=file]");
  const uploads = section.querySelector("[data-uploads]");
  const announcer = section.querySelector("[data-announce]");
  const holding = section.querySelector("[data-holding]");
  const text = section.dataset;
  const queue = [];
  let current = null;
  let held = null;

  section.classList.add("is-live");

  const announce = (words) => {
    announcer.textContent = "";
    setTimeout(() => {
      announcer.textContent = words;
    }, 100);
  };

  // --- What the server says of the files ---------------------------------------------------------------------
  const isBusy = (element) =>
    element.contains(document.activeElement) ||
    Boolean(element.querySelector("details[open]")) ||
    [...element.querySelectorAll("[data-description]")].some((field) => field.value !== field.defaultValue);

  // Of what somebody is at, only what isn't theirs to change is put in anew.
  const freshen = (old, fresh) => {
    for (const part of fresh.querySelectorAll("[data-fresh]")) {
      const before = document.getElementById(part.id);
      if (before && !before.contains(document.activeElement)) before.replaceWith(part.cloneNode(true));
    }
    for (const field of fresh.querySelectorAll("[data-description]")) {
      const before = document.getElementById(field.id);
      if (!before) continue;
      const isTyped = before.value !== before.defaultValue && before.value.trim() !== field.value;
      before.defaultValue = field.value;
      if (!isTyped) before.value = field.value;
    }
    for (const error of old.querySelectorAll("[data-error]")) error.textContent = "";
  };

  const put = (parent, fresh) => {
    const wanted = [...fresh.children];
    const names = new Set(wanted.map((child) => child.id));
    for (const child of [...parent.children]) if (!names.has(child.id)) child.remove();
    wanted.forEach((child, place) => {
      let old = document.getElementById(child.id);
      if (!old) {
        old = child;
        parent.insertBefore(child, parent.children[place] || null);
        htmx.process(child);
        return;
      }
      if (parent.children[place] !== old) parent.insertBefore(old, parent.children[place] || null);
      if (child.id === "evidence-list") {
        old.hidden = child.hidden;
        put(old, child);
      } else if (isBusy(old)) {
        freshen(old, child);
      } else if (old.outerHTML !== child.outerHTML) {
        old.replaceWith(child);
        htmx.process(child);
      }
    });
  };

  // `answer` is the page's part with the files. False where it isn't: a page of another kind, perhaps.
  const show = (answer) => {
    const holder = document.createElement("template");
    holder.innerHTML = answer;
    const fresh = holder.content.getElementById("evidence-files");
    const files = document.getElementById("evidence-files");
    if (!fresh || !files) return false;
    const hadFocus = files.contains(document.activeElement);
    const said = fresh.querySelector("[data-said]").textContent.trim();
    put(files, fresh);
    if (hadFocus && !files.contains(document.activeElement)) section.querySelector("legend").focus();
    if (said) announce(said);
    return said || true;
  };

  const isOurs = (event) => section.contains(event.detail.elt) || section.contains(event.detail.target);
  const complain = (element, words) => {
    const row = element.closest("li");
    const place = (row || document.getElementById("evidence-files")).querySelector("[data-error]");
    if (place) place.textContent = words;
  };
  const reason = (request) =>
    (request.getResponseHeader("Content-Type") || "").startsWith("text/plain") ? request.responseText : "";

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isOurs(event) || event.detail.target.id !== "evidence-files") return;
    event.detail.shouldSwap = false;
    if (event.detail.xhr.status === 200) show(event.detail.xhr.responseText);
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (!isOurs(event) || event.detail.elt.id === "evidence-poll") return;
    const { xhr, elt } = event.detail;
    if (xhr.getResponseHeader("QM-Why") === "token") renew();
    const words = xhr.status === 401 ? text.textSignedOut : reason(xhr) || text.textNotSaved;
    complain(elt, words);
    // A tick that came to nothing is taken back; what was typed stays.
    if (elt.type === "checkbox") elt.checked = !elt.checked;
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (!isOurs(event) || event.detail.elt.id === "evidence-poll") return;
    complain(event.detail.elt, text.textNotSaved);
    if (event.detail.elt.type === "checkbox") event.detail.elt.checked = !event.detail.elt.checked;
  });
  // Enter in a description saves the description, not the whole page.
  section.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("[data-description]")) return;
    event.preventDefault();
    if (event.target.value !== event.target.defaultValue) event.target.dispatchEvent(new Event("change"));
  });

  // Somebody who has signed in again in another tab has a new token: fetched from the page's own address.
  const renew = async () => {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const token = page.querySelector("[name=csrfmiddlewaretoken]");
      const writer = (document_) => document_.querySelector("#answer [name=writer]")?.value;
      // Somebody else may have signed in: a file goes up under the name of who chose it, or not at all. A page
      // without a writer is the one to sign in at: with its token the answer is that one has been signed out.
      if (!token || ![undefined, writer(document)].includes(writer(page))) return false;
      for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token.value;
      return true;
    } catch {
      return false;
    }
  };

  // --- Sending files -----------------------------------------------------------------------------------------
  const add = (file, address, isFolder) => {
    const row = section.querySelector("[data-upload]").content.firstElementChild.cloneNode(true);
    const find = (name) => row.querySelector(`[data-${name}]`);
    const ending = file.name.includes(".") ? file.name.split(".").pop().slice(0, 5) : "";
    const job = { file, address, row, find, bar: row.querySelector("progress"), xhr: null };
    row.querySelector(".evidence-tile").textContent = ending.toUpperCase();
    find("name").textContent = file.name;
    for (const name of row.querySelectorAll("[data-of]")) name.textContent = ` ${file.name}`;
    job.bar.setAttribute("aria-label", file.name);
    find("cancel").addEventListener("click", () => cancel(job));
    find("again").addEventListener("click", () => start(job));
    find("away").addEventListener("click", () => away(job));
    uploads.append(row);
    uploads.hidden = false;
    if (isFolder) fail(job, text.textFolder, { again: false });
    else if (file.size > Number(text.maxBytes)) fail(job, text.textTooLarge, { again: false });
    else start(job);
  };

  const start = (job) => {
    job.isSecond = false;
    job.row.classList.remove("is-failed");
    job.bar.hidden = false;
    job.bar.value = 0;
    job.find("state").textContent = text.textWaiting;
    for (const name of ["again", "away", "sign-in"]) job.find(name).hidden = true;
    job.find("cancel").hidden = false;
    queue.push(job);
    next();
  };

  const next = () => {
    if (current || !queue.length) return release();
    current = queue.shift();
    send(current);
  };

  const done = (job) => {
    if (current === job) current = null;
    next();
  };

  const send = (job) => {
    const xhr = (job.xhr = new XMLHttpRequest());
    const state = job.find("state");
    xhr.open("POST", job.address);
    xhr.setRequestHeader("HX-Request", "true");
    xhr.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable || !event.total) return;
      const percent = Math.floor((100 * event.loaded) / event.total);
      job.bar.value = percent;
      state.textContent = percent < 100 ? `${text.textSending} ${percent} %` : text.textChecking;
    });
    xhr.addEventListener("load", () => answered(job));
    xhr.addEventListener("error", () => fail(job, text.textCut));
    xhr.addEventListener("abort", () => fail(job, text.textCancelled));
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    body.append("evidence", job.file, job.file.name);
    state.textContent = `${text.textSending} 0 %`;
    xhr.send(body);
  };

  const answered = async (job) => {
    const { xhr } = job;
    if (xhr.status === 200 && show(xhr.responseText)) {
      away(job);
      done(job);
    } else if (xhr.status === 401) {
      job.find("sign-in").hidden = false;
      fail(job, text.textSignedOut);
    } else if (xhr.getResponseHeader("QM-Why") === "token" && !job.isSecond && (await renew())) {
      job.isSecond = true;
      send(job);
    } else {
      const isRefused = xhr.status === 413 || xhr.status === 422;
      fail(job, reason(xhr) || text.textFailed, { again: !isRefused });
    }
  };

  const fail = (job, words, { again = true } = {}) => {
    job.row.classList.add("is-failed");
    job.bar.hidden = true;
    job.find("state").textContent = words;
    const hadFocus = job.row.contains(document.activeElement);
    job.find("cancel").hidden = true;
    job.find("again").hidden = !again;
    job.find("away").hidden = false;
    if (hadFocus) job.find(again ? "again" : "away").focus();
    announce(`${job.file.name}: ${words}`);
    done(job);
  };

  const cancel = (job) => {
    const place = queue.indexOf(job);
    if (place >= 0) {
      queue.splice(place, 1);
      fail(job, text.textCancelled);
    } else if (job.xhr) job.xhr.abort();
  };

  const away = (job) => {
    const hadFocus = job.row.contains(document.activeElement);
    job.row.remove();
    uploads.hidden = !uploads.children.length;
    if (hadFocus) chooser.focus();
  };

  const addAll = (files) => {
    for (const { file, isFolder } of files) add(file, text.add, isFolder);
  };

  section.addEventListener("change", (event) => {
    const field = event.target;
    if (field === chooser) addAll([...field.files].map((file) => ({ file })));
    else if (field.dataset.replace && field.files.length) {
      add(field.files[0], field.dataset.replace);
      field.closest("details").open = false;
    } else return;
    // What is sent by itself is not sent once more with the form.
    field.value = "";
  });

  // --- Dropping them -------------------------------------------------------------------------------------------
  const carriesFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  let over = 0;
  const mark = () => zone.classList.toggle("is-over", over > 0);
  zone.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    over += 1;
    mark();
  });
  zone.addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    over = Math.max(0, over - 1);
    mark();
  });
  // Beside the zone a dropped file would open in place of the page, with all that was typed.
  window.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = zone.contains(event.target) ? "copy" : "none";
  });
  window.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    over = 0;
    mark();
    if (!zone.contains(event.target)) return;
    const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
    const files = items.map((item) => ({ file: item.getAsFile(), isFolder: item.webkitGetAsEntry?.()?.isDirectory }));
    addAll(files.filter(({ file }) => file));
  });

  // --- Leaving while files are on their way --------------------------------------------------------------------
  const isSending = () => Boolean(current || queue.length);
  form.addEventListener(
    "submit",
    (event) => {
      if (!isSending()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      held = event.submitter;
      holding.textContent = text.textHolding;
    },
    { capture: true },
  );
  // Whoever pressed a button meanwhile goes on, unless a file came to nothing: that has to be seen first.
  const release = () => {
    if (isSending() || !holding.textContent) return;
    holding.textContent = "";
    if (section.querySelector(".is-failed")) section.querySelector(".is-failed").scrollIntoView({ block: "center" });
    else form.requestSubmit(held);
  };
  window.addEventListener("beforeunload", (event) => {
    if (isSending()) event.preventDefault();
  });
})();
