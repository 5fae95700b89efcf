// A value that is changed where it stands (EditField): opening it puts the cursor
// into it, Esc leaves it as it was. Without scripts it opens and is sent as well.
(() => {
  const close = (box) => {
    box.querySelector("form").reset();
    box.open = false;
    box.querySelector("summary").focus();
  };
  document.addEventListener("toggle", (e) => {
    const box = e.target;
    if (!box.matches?.("details[data-edit]") || !box.open) return;
    for (const other of document.querySelectorAll("details[data-edit][open]")) if (other !== box && !other.querySelector("[aria-invalid]")) other.open = false;
    const input = box.querySelector("input:not([type=hidden]), select, textarea");
    input?.focus();
    input?.select?.();
  }, true);
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || e.defaultPrevented) return;
    const box = e.target.closest?.("details[data-edit][open]");
    if (!box) return;
    e.preventDefault(); // the sheet stays open
    close(box);
  });
  document.addEventListener("click", (e) => {
    const cancel = e.target.closest?.("[data-edit-cancel]");
    if (cancel) close(cancel.closest("details"));
  });
})();
