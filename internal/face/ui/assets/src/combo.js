// The list of a Combobox: an input with its own list of options, after the ARIA
// pattern "editable combobox with list autocomplete". Without scripts the
// browser's datalist does the same.
window.involtCombo = (box) => {
  if (box.involt) { box.involt(); return; } // the server's answer may have undressed it
  const input = box.querySelector("input");
  const source = box.querySelector("datalist");
  const list = document.createElement("div");
  list.id = source.id + "box";
  list.className = "combo-list";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.querySelector("label").textContent.trim());
  box.involt = () => {
    if (input.getAttribute("role") === "combobox" && list.isConnected) return;
    input.parentElement.append(list);
    input.removeAttribute("list");
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", String(!list.hidden));
    input.setAttribute("aria-controls", list.id);
  };
  box.involt();
  let at = -1;

  const fold = (s) => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const shown = () => [...list.querySelectorAll("[role=option]:not([aria-disabled])")];

  function option(text, value, off) {
    const o = document.createElement("div");
    o.className = "combo-option";
    o.setAttribute("role", "option");
    o.setAttribute("aria-selected", "false");
    o.id = list.id + list.childElementCount;
    if (off) o.setAttribute("aria-disabled", "true"); else o.dataset.value = value;
    o.textContent = text;
    list.append(o);
  }
  function draw(everything) {
    const q = input.value.trim();
    const values = [...source.options].map((o) => o.value);
    const hits = everything ? values : values.filter((v) => fold(v).includes(fold(q)));
    list.replaceChildren();
    hits.slice(0, 50).forEach((v) => option(v, v));
    const exact = values.some((v) => fold(v) === fold(q));
    if (q && !exact && box.dataset.add) option(box.dataset.add.replace("%s", q), q);
    else if (!hits.length) { if (q) option(box.dataset.none.replace("%s", q), "", true); }
    mark(-1);
  }
  function open(everything) {
    draw(everything);
    list.hidden = !list.childElementCount;
    input.setAttribute("aria-expanded", String(!list.hidden));
  }
  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  }
  function mark(n) {
    at = n;
    shown().forEach((o, i) => o.setAttribute("aria-selected", String(i === n)));
    const o = shown()[n];
    if (o) { input.setAttribute("aria-activedescendant", o.id); o.scrollIntoView({ block: "nearest" }); } else input.removeAttribute("aria-activedescendant");
  }
  function take(o) {
    input.value = o.dataset.value;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    close();
  }
  // Where there are too many to offer at once, the server is asked for those that
  // fit; an answer that comes late is not shown.
  let asked = 0, waiting;
  function ask() {
    clearTimeout(waiting);
    const turn = ++asked;
    waiting = setTimeout(async () => {
      const url = box.dataset.source + "?q=" + encodeURIComponent(input.value.trim());
      const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null);
      if (!answer?.ok || turn !== asked) return;
      source.innerHTML = await answer.text();
      if (turn === asked && document.activeElement === input) open(false);
    }, 120);
  }
  // A list is filtered by what was chosen, and not by its first letters.
  const filters = box.closest("[data-filter]");
  input.addEventListener("input", (e) => {
    if (filters) e.stopPropagation();
    open(false);
    if (box.dataset.source) ask();
  });
  if (filters) input.addEventListener("change", () => box.dispatchEvent(new Event("input", { bubbles: true })));
  input.addEventListener("click", () => { if (list.hidden) open(true); });
  input.addEventListener("blur", () => setTimeout(close, 120));
  input.addEventListener("keydown", (e) => {
    const n = shown().length;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      if (list.hidden) open(true); else if (n) mark((at + (e.key === "ArrowDown" ? 1 : -1) + n) % n);
    } else if (e.key === "Enter" && !list.hidden && at >= 0) {
      e.preventDefault();
      take(shown()[at]);
    } else if (e.key === "Escape" && !list.hidden) {
      e.preventDefault();
      e.stopPropagation();
      close();
    }
  });
  list.addEventListener("mousedown", (e) => {
    e.preventDefault();
    const o = e.target.closest("[data-value]");
    if (o) { take(o); input.focus(); }
  });
};
