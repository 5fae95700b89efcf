// A list of addresses that is pasted into the first field of a row fills as many
// rows as it has lines: it goes through the form's own field for lists.
document.addEventListener("paste", (e) => {
  const into = e.target.closest?.("input[data-paste-list]");
  const text = e.clipboardData?.getData("text/plain") ?? "";
  if (!into || text.trim().split(/\r?\n/).length < 2) return;
  const list = into.form.elements.paste;
  const fill = into.form.querySelector('button[name="do"][value="paste"]');
  if (!list || !fill) return;
  e.preventDefault();
  list.value = text.trim();
  fill.click();
});

// A file that was chosen or dropped fills the rows at once.
document.addEventListener("change", (e) => {
  if (!e.target.files?.length) return;
  e.target.closest?.("[data-fill-from-file]")?.querySelector('button[name="do"][value="file"]')?.click();
});
