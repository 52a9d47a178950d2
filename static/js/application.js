// A help on the applicant's plain forms; all of them work without it. What is typed is kept in this tab until the
// portal has it, also across a new sign-in; it warns before leaving and swallows a second click.
(() => {
  const form = document.querySelector("form[data-guard]");
  if (!form) return;
  const notice = form.querySelector("[data-restored]");
  const key = `unsaved:${form.dataset.guard}:${location.pathname}`;
  const fields = [...form.querySelectorAll("textarea, input[type=text], input[type=email], input[type=tel]")];
  let changed = false;
  let sent = false;

  const keep = () => {
    const typed = fields.filter((field) => field.value !== field.defaultValue);
    const kept = typed.map((field) => [field.name, { base: field.defaultValue, value: field.value }]);
    sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(kept)));
  };

  // What lies here was typed over what the page shows now: a newer text on the server is not written over.
  const restore = () => {
    const kept = JSON.parse(sessionStorage.getItem(key) || "{}");
    for (const field of fields) {
      const typed = kept[field.name];
      if (!typed || typed.base !== field.defaultValue || typed.value === field.value) continue;
      field.value = typed.value;
      changed = true;
    }
    if (notice) notice.hidden = !changed;
    if (!changed) sessionStorage.removeItem(key);
  };

  // A page that is shown again with an error already has what was typed.
  if (!document.querySelector(".error-summary")) restore();
  form.addEventListener("input", () => {
    changed = true;
    keep();
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
