// In a renewal the answer opens for changes where something has changed since last time. Without this it is always open.
(() => {
  const former = document.querySelector("[data-former]");
  const text = document.querySelector("#id_text");
  if (!former || !text) return;
  const hint = former.querySelector("[data-former-hint]");
  const show = () => {
    const isOpen = Boolean(former.querySelector("[value=yes]:checked"));
    text.readOnly = !isOpen;
    hint.hidden = isOpen;
  };
  former.addEventListener("change", () => {
    show();
    if (!text.readOnly) text.focus();
  });
  // A browser, or the text that was kept in it, may fill the form in again after this has run.
  window.addEventListener("pageshow", show);
  text.addEventListener("input", show);
  text.addEventListener("focus", show);
  show();
})();
