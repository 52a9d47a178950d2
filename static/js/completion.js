// Puts the chosen text into the field for what is to be completed, after what stands there.
for (const box of document.querySelectorAll("[data-template]")) {
  const select = box.querySelector("select");
  const field = box.parentElement.querySelector("textarea[name^=text_]");
  select.addEventListener("change", () => {
    const text = [...box.querySelectorAll("[data-text]")].find((one) => one.dataset.text === select.value)?.value;
    if (!text) return;
    field.value = field.value.trim() ? `${field.value.trimEnd()}\n\n${text}` : text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    select.value = "";
    field.focus();
  });
}
