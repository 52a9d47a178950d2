// A help on the applicant's forms; all of them work without it. It counts words, keeps what is being typed in
// this tab until the portal has it (also across a new sign-in), warns before leaving and swallows a second click.
(() => {
  const form = document.querySelector("form[data-guard]");
  if (!form) return;
  const text = form.querySelector("textarea");
  const seen = form.querySelector("[name=seen]");
  const counter = form.querySelector("[data-words]");
  const notice = form.querySelector("[data-restored]");
  const key = `unsaved:${location.pathname}`;
  let changed = false;
  let sent = false;

  const count = () => {
    if (counter) counter.value = text.value.split(/\s+/).filter(Boolean).length;
  };

  // What lies here was typed on the same saved answer: a newer one on the server is not written over.
  const restore = () => {
    const kept = JSON.parse(sessionStorage.getItem(key) || "null");
    sessionStorage.removeItem(key);
    if (!kept || kept.seen !== seen.value || kept.text.trim() === text.value.trim()) return;
    text.value = kept.text;
    notice.hidden = false;
    changed = true;
    keep();
  };

  const keep = () => {
    sessionStorage.setItem(key, JSON.stringify({ seen: seen.value, text: text.value }));
  };

  if (text && seen) {
    // A page that is shown again with an error already has what was typed.
    if (!document.getElementById("errors")) restore();
    text.addEventListener("input", () => {
      count();
      keep();
    });
    count();
  }
  form.addEventListener("input", () => {
    changed = true;
  });
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
    // Where nothing came of it, a broken connection perhaps, the buttons work again.
    setTimeout(() => {
      sent = false;
    }, 5000);
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed && !sent) event.preventDefault();
  });
  // Coming back with the browser's arrow shows the page as it was left, with its buttons to be pressed again.
  window.addEventListener("pageshow", () => {
    sent = false;
  });
})();
