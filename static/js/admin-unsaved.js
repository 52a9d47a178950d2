// Asks before a page with something typed and not yet sent is left. Forms say so with data-unsaved; "yes" as
// its value means that the page came back unsaved.
for (const form of document.querySelectorAll("form[data-unsaved]")) {
  let unsaved = form.dataset.unsaved === "yes";
  form.addEventListener("input", () => { unsaved = true; });
  // A preview opens beside the page, which keeps what is typed.
  form.addEventListener("submit", (event) => { if (!event.submitter?.hasAttribute("data-keeps")) unsaved = false; });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
}
