// Tells every few seconds that the review is open here, to write or to read, and shows who else has it open.
(() => {
  const EVERY = 15_000; // ms
  const box = document.querySelector("[data-presence]");
  if (!box) return;
  const here = async () => {
    try {
      const heard = box.querySelector("[name=heard]").value;
      const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
      const body = new URLSearchParams({ csrfmiddlewaretoken: token, heard });
      const headers = { "HX-Request": "true" };
      const answer = await fetch(box.dataset.presence, { method: "POST", body, headers });
      if (answer.status === 200 && !answer.redirected) box.innerHTML = await answer.text();
    } catch {
      // It is asked again soon.
    }
  };
  here();
  setInterval(() => document.visibilityState === "visible" && here(), EVERY);
})();
