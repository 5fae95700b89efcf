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
// A large file goes up in pieces, so that a connection that breaks costs one of
// them and not the file. The server knows how far it has come, and is asked when
// the same file is chosen again. Small files, and browsers without scripts, send
// the form as it is.
(() => {
  const large = 8 << 20, piece = 4 << 20;
  const boxOf = (at) => at?.closest?.("form")?.querySelector("[data-pieces]");
  const fileOf = (form) => form.querySelector("input[type=file]")?.files[0];
  const about = (file) => new URLSearchParams({ name: file.name, size: file.size, mark: file.lastModified });
  const mb = (n) => new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1, minimumFractionDigits: 1 }).format(n / 1e6) + " MB";

  // say shows how far it is: text is the name of a data attribute.
  function say(box, text, done, all) {
    const [a, b] = [mb(done), mb(all)];
    const words = box.dataset[text].replace("%s", a).replace("%s", b);
    const label = box.querySelector("[data-pieces-text]");
    if (label.textContent !== words) label.textContent = words;
    Object.assign(box.querySelector("progress"), { value: done, max: all });
    box.querySelector("[data-pieces-anew]").hidden = text !== "there";
    box.hidden = false;
  }

  // A Refusal does not pass by itself; its message is for whoever sends.
  class Refusal extends Error {}
  async function ask(box, url, options = {}) {
    const res = await fetch(url, { credentials: "same-origin", ...options });
    if (res.ok && res.headers.get("Content-Type") === "application/json") return res.json();
    if (res.status >= 500 || res.status === 408 || res.status === 409 || res.status === 429) throw new Error(res.status);
    const said = new DOMParser().parseFromString(await res.text(), "text/html").querySelector("[data-error] [data-text]");
    throw new Refusal(said?.textContent.trim() || box.dataset.off);
  }
  const post = (box, url, body) => ask(box, url, { method: "POST", body });
  const rest = () => new Promise((on) => {
    const over = () => { clearTimeout(wait); removeEventListener("online", over); on(); };
    const wait = setTimeout(over, 2000);
    addEventListener("online", over);
  });
  // patiently asks until there is an answer.
  async function patiently(what, lost) {
    for (;;) {
      try { return await what(); } catch (e) { if (e instanceof Refusal) throw e; }
      lost();
      await rest();
    }
  }

  async function send(form, box, file, anew) {
    const to = form.getAttribute("action");
    let here = 0;
    const lost = () => say(box, "lost", here, file.size);
    const begin = (again) => patiently(() => post(box, box.dataset.pieces, again ? about(file) : new URLSearchParams([...about(file), ...(anew ? [["anew", "1"]] : [])])), lost);
    say(box, "sending", 0, file.size);
    let at = await begin(false);
    for (here = at.received; here < file.size; here = at.received) {
      say(box, "sending", here, file.size);
      const bytes = await file.slice(here, here + piece).arrayBuffer().catch(() => { throw new Refusal(box.dataset.changed); });
      const url = `${to}?import=${at.import}&offset=${here}`;
      try {
        at = await ask(box, url, { method: "POST", body: bytes, headers: { "Content-Type": "application/octet-stream" } });
      } catch (e) {
        if (e instanceof Refusal) throw e;
        lost();
        await rest();
        at = await begin(true); // where it stands may have moved: the piece may be here, and only its answer lost
      }
    }
    say(box, "sending", file.size, file.size);
    const done = await patiently(() => post(box, box.dataset.complete.replace("%s", at.import)), lost);
    location.assign(done.location);
  }

  function refuse(box, text) {
    const field = box.closest("form").querySelector(".fld");
    let p = field.querySelector("[data-pieces-error]");
    if (!p) {
      p = document.createElement("p");
      p.className = "fld-error";
      p.dataset.piecesError = "";
      p.setAttribute("role", "alert");
      field.querySelector(".drop").before(p);
    }
    p.textContent = text;
    box.hidden = true;
  }

  document.addEventListener("change", async (e) => {
    const box = e.target.matches("input[type=file]") && boxOf(e.target);
    if (!box) return;
    const file = e.target.files[0];
    box.hidden = true;
    delete box.dataset.anew;
    box.closest("form").querySelector("[data-pieces-error]")?.remove();
    if (!file || file.size <= large) return;
    const at = await ask(box, box.dataset.pieces + "?" + about(file)).catch(() => null); // sending will ask again
    if (at?.received > 0 && e.target.files[0] === file && !box.closest("form").dataset.sending) say(box, "there", at.received, file.size);
  });
  document.addEventListener("click", (e) => {
    const box = e.target.closest?.("[data-pieces-anew]") && boxOf(e.target);
    if (!box) return;
    box.dataset.anew = "1";
    box.hidden = true;
    box.closest("form").querySelector("button[type=submit], button:not([type])")?.focus();
  });
  document.addEventListener("submit", async (e) => {
    const box = boxOf(e.target);
    const file = box && fileOf(e.target);
    if (!file || file.size <= large) return;
    e.preventDefault();
    const form = e.target;
    if (form.dataset.sending) return;
    form.dataset.sending = "1";
    const button = e.submitter;
    const wait = (on) => {
      button?.toggleAttribute("data-busy", on);
      form.querySelector("input[type=file]").disabled = on;
    };
    wait(true);
    try {
      await send(form, box, file, Boolean(box.dataset.anew));
    } catch (err) {
      refuse(box, err instanceof Refusal ? err.message : box.dataset.off);
      delete form.dataset.sending;
      wait(false);
    }
  });
})();
// What the pages gain with scripts. Everything here is found by data
// attributes and delegated from the document, so that parts swapped in later
// work too. Nothing here is needed to read a page or to send a form.
(() => {
  const root = document.documentElement;
  const $ = (sel, at = document) => at.querySelector(sel);
  const $$ = (sel, at = document) => [...at.querySelectorAll(sel)];
  const toaster = () => $("#toaster");
  const typing = (el) => el.matches("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  const plainClick = (e) => e.button === 0 && !e.metaKey && !e.ctrlKey && !e.shiftKey && !e.altKey;

  // ---- notices -----------------------------------------------------------
  // An open dialog makes the rest of the page inert, so notices go into it.
  function toast(text, tone = "ok") {
    const dialog = $$("dialog:modal").pop();
    let box = dialog ? $(".toaster-box", dialog) : toaster();
    if (!box && dialog) {
      box = document.createElement("div");
      box.className = "toaster-box";
      box.setAttribute("role", "status");
      dialog.append(box);
    }
    if (!box) return;
    const item = document.createElement("div");
    item.className = "toast-item status-" + tone;
    const p = document.createElement("p");
    p.className = "min-w-0 flex-1";
    p.textContent = text;
    item.append(p);
    box.append(item);
    fade(item);
  }
  function fade(item) {
    if (item.hasAttribute("data-stay") || item.dataset.fading) return;
    item.dataset.fading = "1";
    let left = setTimeout(() => item.remove(), 6000);
    item.addEventListener("mouseenter", () => clearTimeout(left));
    item.addEventListener("mouseleave", () => { left = setTimeout(() => item.remove(), 2500); });
  }
  // A live region speaks when it changes: take the notice out and put it back.
  function announce(at) {
    for (const item of $$(".toaster-box .toast-item", at)) {
      if (item.dataset.fading || item.dataset.said || item.closest("[data-specimen]")) continue;
      item.dataset.said = "1";
      const box = item.parentElement;
      item.remove();
      requestAnimationFrame(() => { box.append(item); fade(item); });
    }
  }
  // The address that said what was done must not say it again when reloaded.
  function forgetDone() {
    const u = new URL(location.href);
    if (!u.searchParams.has("done")) return;
    u.searchParams.delete("done");
    u.searchParams.delete("n");
    history.replaceState(history.state, "", u);
  }

  // ---- theme -------------------------------------------------------------
  function showTheme() {
    const now = window.involtTheme?.get();
    for (const b of $$("[data-set-theme]")) b.setAttribute("aria-checked", String(b.dataset.setTheme === now));
  }

  // ---- selection ---------------------------------------------------------
  const rowsOf = (form) => $$(`[data-select-row][form="${form}"]`);
  function syncSelection() {
    for (const form of $$("[data-select-form]")) {
      const id = form.getAttribute("id"); // form.id may be the input named "id"
      const boxes = rowsOf(id);
      const on = boxes.filter((b) => b.checked);
      const page = $(`[data-select-page="${id}"]`);
      const bar = $(`[data-select-all-bar="${id}"]`);
      const all = bar && $("[data-select-all]", bar);
      if (all && on.length < boxes.length) all.checked = false;
      for (const b of boxes) {
        const tr = b.closest("tr");
        if (tr) tr.dataset.state = b.checked ? "selected" : "";
      }
      if (page) {
        page.checked = boxes.length > 0 && on.length === boxes.length;
        page.indeterminate = on.length > 0 && on.length < boxes.length;
      }
      if (bar) bar.toggleAttribute("data-on", boxes.length > 0 && on.length === boxes.length);
      for (const b of $$(`[data-needs-selection="${id}"]`)) b.disabled = on.length === 0;
      const text = $(`[data-selected-of="${id}"]`);
      if (text) {
        const n = all?.checked ? bar.textContent.replace(/[^\d.,\u202f\s]/g, "").trim() : String(on.length);
        text.textContent = on.length ? text.dataset.text.replace("%s", n) : "";
      }
    }
  }
  let lastBox = null;
  function select(e, box) {
    if (e.shiftKey && lastBox && lastBox !== box && lastBox.form === box.form) {
      const boxes = rowsOf(box.getAttribute("form"));
      const [a, b] = [boxes.indexOf(lastBox), boxes.indexOf(box)].sort((x, y) => x - y);
      if (a >= 0) boxes.slice(a, b + 1).forEach((x) => { x.checked = box.checked; });
    }
    lastBox = box;
    syncSelection();
  }

  // ---- sheet -------------------------------------------------------------
  // The sheet's address is pushed over the list's; going back closes it. The
  // list stays as it is, scrolled and selected.
  const sheet = () => $("#sheet");
  const openers = new WeakMap(); // dialog → what gets the focus back
  let closing = false; // the list's own entry is being returned to
  // htmx marks entries without its mark as its own and drops what they held.
  const sheetState = { sheet: true, htmx: true };
  async function load(url, options = {}) {
    const res = await fetch(url, {
      credentials: "same-origin",
      ...options,
      headers: { "HX-Request": "true", "HX-Target": "dialog#sheet", Accept: "text/html" },
    });
    const away = res.headers.get("HX-Redirect");
    if (away) { location.assign(away); return null; }
    const text = await res.text();
    // A whole page is no sheet: the answer leads elsewhere.
    if (/^\s*<!doctype/i.test(text)) { location.assign(res.url); return null; }
    return { text, url: res.url, ok: res.ok };
  }
  function fill(box, text) {
    box.innerHTML = text;
    const inside = $("[data-error]", box);
    if (inside && !$("[data-close]", box)) {
      const b = document.createElement("button");
      b.type = "button"; b.className = "btn m-4"; b.dataset.variant = "outline"; b.dataset.close = "";
      b.textContent = toaster()?.dataset.close || "×";
      box.prepend(b);
    }
    window.htmx?.process(box);
    ready(box);
  }
  async function openSheet(url, from, push = true) {
    const box = sheet();
    if (!box) { location.assign(url); return; }
    root.setAttribute("data-loading", "");
    try {
      const got = await load(url);
      if (!got) return;
      if (push) history[box.open ? "replaceState" : "pushState"](sheetState, "", url);
      fill(box, got.text);
      if (!box.open) {
        openers.set(box, from || document.activeElement);
        box.showModal();
      }
      ($("[autofocus]", box) || $("#sheet-title", box) || box).focus();
      forgetDone();
    } catch {
      toast(toaster()?.dataset.off, "err");
    } finally {
      root.removeAttribute("data-loading");
    }
  }
  function returnFocus(dialog) {
    const to = openers.get(dialog);
    openers.delete(dialog);
    const back = to?.isConnected ? to : to?.id && document.getElementById(to.id);
    back?.focus?.();
    return back;
  }
  function sheetClosed() {
    sheet().replaceChildren();
    if (history.state?.sheet) { closing = true; history.back(); }
    const back = returnFocus(sheet());
    if (!back) return;
    // Chromium drops the focus a moment after it went back in history.
    setTimeout(() => { if (document.activeElement === document.body) back.focus(); }, 60);
  }
  async function sendInSheet(form, submitter) {
    const data = new FormData(form, submitter);
    const url = submitter?.getAttribute("formaction") || form.getAttribute("action") || location.href;
    const body = form.getAttribute("enctype") === "multipart/form-data" ? data : new URLSearchParams([...data].map(([k, v]) => [k, String(v)]));
    try {
      const got = await load(url, { method: "POST", body });
      if (!got) return;
      fill(sheet(), got.text);
      if (got.ok) {
        const at = $("[data-sheet-href]", sheet())?.dataset.sheetHref;
        if (at) history.replaceState(sheetState, "", at);
        ($("[autofocus]", sheet()) || $("#sheet-title", sheet()))?.focus();
        refreshLists();
      }
    } catch {
      toast(toaster()?.dataset.off, "err");
      free(form);
    }
  }
  // Lists behind the sheet are asked for again after a change, in place.
  let listURL = location.href;
  function refreshLists() {
    for (const list of $$("main section.panel[id]")) {
      if ($("[data-rows]", list)) window.htmx?.ajax("GET", listURL, { target: "#" + list.id, select: "#" + list.id, swap: "outerMorph" });
    }
  }
  addEventListener("popstate", (e) => {
    const box = sheet();
    if (e.state?.sheet) { openSheet(location.href, null, false); return; }
    if (box?.open) { closing = true; box.close(); }
    listURL = location.href;
    if (closing) setTimeout(() => { closing = false; }, 80);
  });
  document.addEventListener("htmx:before:history:restore", (e) => {
    if (closing || history.state?.sheet) { e.preventDefault(); closing = false; }
  });
  document.addEventListener("htmx:after:history:update", () => { if (!sheet()?.open) listURL = location.href; });

  // ---- menus -------------------------------------------------------------
  const canAnchor = CSS.supports("position-area", "bottom");
  document.addEventListener("toggle", (e) => {
    const menu = e.target;
    if (!menu.matches?.(".menu") || e.newState !== "open") return;
    const by = $(`[popovertarget="${menu.id}"]`);
    if (!canAnchor && by) place(menu, by);
    if (menu.matches("[role=menu]")) items(menu)[0]?.focus();
  }, true);
  function place(menu, by) {
    const r = by.getBoundingClientRect();
    const w = menu.offsetWidth, h = menu.offsetHeight;
    const left = menu.classList.contains("menu-start") ? r.left : r.right - w;
    menu.style.left = Math.max(8, Math.min(left, innerWidth - w - 8)) + "px";
    menu.style.top = (r.bottom + h + 8 > innerHeight && r.top > h ? r.top - h - 8 : r.bottom) + "px";
  }
  const items = (menu) => $$("[role^=menuitem]", menu);
  function menuKeys(e, menu) {
    const list = items(menu);
    const at = list.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: list.length - 1 }[e.key];
    if (to !== undefined) {
      e.preventDefault();
      list[(to + list.length) % list.length]?.focus();
    } else if (e.key === "Tab") {
      menu.hidePopover();
    } else if (e.key.length === 1 && /\S/.test(e.key) && !e.ctrlKey && !e.metaKey) {
      const next = [...list.slice(at + 1), ...list].find((x) => x.textContent.trim().toLowerCase().startsWith(e.key.toLowerCase()));
      next?.focus();
    }
  }

  // ---- go to -------------------------------------------------------------
  function openGoTo(from) {
    const box = $("#goto");
    if (!box || box.open) return false;
    openers.set(box, from || document.activeElement);
    box.showModal();
    const q = $("#goto-q");
    q.value = "";
    const src = $("#goto-results").dataset.gotoSrc;
    window.htmx?.ajax("GET", src, { target: "#goto-results" });
    q.focus();
    return true;
  }
  const options = () => $$("#goto-results [role=option][href]");
  function markOption(n) {
    const list = options();
    list.forEach((o, i) => {
      o.id = "goto-" + i;
      o.setAttribute("aria-selected", String(i === n));
      o.tabIndex = -1;
    });
    const q = $("#goto-q");
    if (!q) return; // a page without the search, such as the driver's
    if (list[n]) { q.setAttribute("aria-activedescendant", list[n].id); list[n].scrollIntoView({ block: "nearest" }); } else q.removeAttribute("aria-activedescendant");
  }
  function goToKeys(e) {
    const list = options();
    const at = list.findIndex((o) => o.getAttribute("aria-selected") === "true");
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      if (list.length) markOption((at + (e.key === "ArrowDown" ? 1 : -1) + list.length) % list.length);
    } else if (e.key === "Enter" && list[at]) {
      e.preventDefault();
      list[at].click();
    }
  }

  // ---- keys of lists -----------------------------------------------------
  const rows = () => $$("[data-rows] tbody tr");
  function moveCursor(by) {
    const list = rows();
    if (!list.length) return;
    const at = list.findIndex((r) => r.hasAttribute("data-cursor") || r.contains(document.activeElement));
    const next = list[Math.max(0, Math.min(list.length - 1, at < 0 ? 0 : at + by))];
    list.forEach((r) => r.toggleAttribute("data-cursor", r === next));
    (($("[data-row-link]", next) || $("input, a, button", next)))?.focus();
    next.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", (e) => {
    if (e.target.id === "goto-q") { goToKeys(e); return; }
    const menu = e.target.closest?.(".menu[role=menu]");
    if (menu) { menuKeys(e, menu); return; }
    if ((e.ctrlKey || e.metaKey) && !e.shiftKey && !e.altKey && e.key.toLowerCase() === "k") {
      if ($("#goto")) { e.preventDefault(); openGoTo(); }
      return;
    }
    if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || $("dialog:modal")) return;
    if (e.key === "/") {
      const box = $("[data-list-search]");
      if (box) { e.preventDefault(); box.focus(); box.select(); } else if (openGoTo()) e.preventDefault();
    } else if (e.key === "j" || e.key === "k") {
      moveCursor(e.key === "j" ? 1 : -1);
    } else if (e.key === "x") {
      const row = $("[data-rows] tr[data-cursor]") || document.activeElement?.closest?.("[data-rows] tr");
      const box = row && $("[data-select-row]", row);
      if (box) { box.checked = !box.checked; lastBox = box; syncSelection(); }
    }
  });

  // ---- clicks ------------------------------------------------------------
  document.addEventListener("click", (e) => {
    const t = e.target;
    const sheetLink = t.closest("a[data-sheet]");
    if (sheetLink && plainClick(e)) {
      e.preventDefault();
      $("#goto")?.close();
      openSheet(sheetLink.href, sheetLink);
      return;
    }
    const goto = t.closest("a[data-goto]");
    if (goto && plainClick(e)) { if (openGoTo(goto)) e.preventDefault(); return; }
    const asks = t.closest("[data-dialog]");
    if (asks && plainClick(e)) {
      const box = document.getElementById(asks.dataset.dialog);
      if (box) { e.preventDefault(); openers.set(box, asks); box.showModal(); }
      return;
    }
    if (t.matches("dialog:modal") && !t.matches("[data-modal]")) { t.close(); return; } // beside the sheet
    const close = t.closest("[data-close]");
    if (close) { e.preventDefault(); close.closest("dialog")?.close(); return; }
    const gone = t.closest("[data-close-toast]");
    if (gone) { gone.closest(".toast-item").remove(); return; }
    const theme = t.closest("[data-set-theme]");
    if (theme) { window.involtTheme.set(theme.dataset.setTheme); showTheme(); theme.closest("[popover]")?.hidePopover(); return; }
    const copy = t.closest("[data-copy]");
    if (copy) { copyText(copy); return; }
    const share = t.closest("[data-share]");
    if (share) { // whoever closes the device's sheet has chosen not to share
      navigator.share({ title: share.dataset.shareTitle, text: share.dataset.shareText, url: share.dataset.share }).catch(() => {});
      return;
    }
    const show = t.closest("[data-show-password]");
    if (show) { showPassword(show); return; }
    const off = t.closest("[aria-disabled=true]");
    if (off) { e.preventDefault(); return; }
    const box = t.closest("[data-select-row]");
    if (box) { select(e, box); return; }
    const row = t.closest("tr[data-row]");
    if (row && plainClick(e) && !t.closest("a, button, input, select, label, form, [popover]") && !String(getSelection())) $("[data-row-link]", row)?.click();
  });
  document.addEventListener("change", (e) => {
    const page = e.target.closest("[data-select-page]");
    if (page) rowsOf(page.dataset.selectPage).forEach((b) => { b.checked = page.checked; });
    if (page || e.target.matches("[data-select-all], [data-select-row]")) syncSelection();
  });
  document.addEventListener("close", (e) => {
    if (e.target.id === "sheet") sheetClosed();
    else if (e.target.matches("dialog")) returnFocus(e.target);
  }, true);

  async function copyText(button) {
    const from = document.getElementById(button.dataset.copy);
    const label = $("[data-copied]", button);
    try {
      await navigator.clipboard.writeText(from.textContent);
    } catch { // no permission, or plain HTTP: select it, so that a key press copies
      getSelection().selectAllChildren(from);
      return;
    }
    const was = label.textContent;
    label.textContent = label.dataset.copied;
    toast(label.dataset.copied);
    setTimeout(() => { label.textContent = was; }, 2000);
  }
  function showPassword(b) {
    const input = document.getElementById(b.dataset.showPassword);
    const on = input.type === "password";
    input.type = on ? "text" : "password";
    b.toggleAttribute("data-on", on);
    b.setAttribute("aria-label", on ? b.dataset.hide : b.dataset.show);
  }

  // ---- forms -------------------------------------------------------------
  // A form is sent once: its button waits for the answer.
  function busy(form, submitter) {
    form.dataset.sending = "1";
    const b = submitter?.matches("button") ? submitter : null;
    if (b) { b.dataset.busy = ""; b.setAttribute("aria-busy", "true"); }
    setTimeout(() => free(form), 15000);
  }
  function free(form) {
    delete form.dataset.sending;
    for (const b of $$("[data-busy]", form)) { delete b.dataset.busy; b.removeAttribute("aria-busy"); }
  }
  document.addEventListener("submit", (e) => {
    const form = e.target;
    const method = e.submitter?.getAttribute("formmethod") || form.getAttribute("method") || "get";
    if (e.defaultPrevented || method.toLowerCase() !== "post") return;
    if (form.dataset.sending) { e.preventDefault(); return; }
    if (!e.submitter?.hasAttribute("data-download")) busy(form, e.submitter);
    if (form.closest("#sheet") && !e.submitter?.hasAttribute("data-download")) { e.preventDefault(); sendInSheet(form, e.submitter); }
  });
  addEventListener("pageshow", () => $$("form[data-sending]").forEach(free));

  // A word must be typed before the button works.
  function mustBe(input) {
    const b = $("button:not([data-close])", input.form);
    if (b) b.disabled = input.value.trim() !== input.dataset.mustBe;
  }
  document.addEventListener("input", (e) => { if (e.target.matches("[data-must-be]")) mustBe(e.target); });

  for (const [type, on] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
    document.addEventListener(type, (e) => {
      const zone = e.target.closest?.(".drop");
      if (!zone) return;
      e.preventDefault();
      zone.toggleAttribute("data-over", on);
      const input = $("input[type=file]", zone);
      if (type === "drop" && e.dataTransfer.files.length) {
        input.files = e.dataTransfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
  }

  document.addEventListener("htmx:after:swap", (e) => { ready(e.target instanceof Element ? e.target : document); markOption(0); });
  // A filter that is not set stays out of the address.
  document.addEventListener("htmx:config:request", (e) => {
    const { sourceElement, request } = e.detail.ctx;
    if (!sourceElement.matches?.("[data-filter]") || !request.body?.delete) return;
    for (const [name, value] of [...request.body]) if (value === "") request.body.delete(name);
  });
  // An answer that failed holds no list: keep the one there is and say so.
  document.addEventListener("htmx:after:request", (e) => {
    const { ctx } = e.detail;
    if (ctx.response.status < 400 || !ctx.select || ctx.response.headers.get("HX-Redirect")) return;
    e.preventDefault();
    if (ctx.sourceElement.matches("[data-live]")) return; // it will ask again
    const said = new DOMParser().parseFromString(ctx.text, "text/html").querySelector("[data-error] [data-text]");
    toast(said?.textContent || toaster()?.dataset.off, "err");
  });
  let waiting = 0;
  const waits = (e, by) => {
    if (e.detail.ctx.sourceElement.matches?.("[data-live]")) return;
    waiting = Math.max(0, waiting + by);
    root.toggleAttribute("data-loading", waiting > 0);
  };
  document.addEventListener("htmx:before:request", (e) => waits(e, 1));
  document.addEventListener("htmx:finally:request", (e) => waits(e, -1));
  // What refreshes itself rests while nobody looks, and while a menu of it is open.
  document.addEventListener("htmx:before:request", (e) => {
    if (!e.detail.ctx.sourceElement.matches?.("[data-live]")) return;
    if (document.hidden || $(".menu:popover-open") || $("dialog:modal:not(#sheet)")) e.preventDefault();
  });
  document.addEventListener("htmx:error", () => toast(toaster()?.dataset.off, "err"));

  // ---- whenever something has been put into the page ------------------------
  function ready(at) {
    showTheme();
    announce(document);
    $$("[data-combo]", at).forEach((c) => window.involtCombo?.(c));
    $$("[data-must-be]", at).forEach(mustBe);
    for (const d of $$("dialog[data-modal][open]:not(:modal)", at)) if (!d.closest("[data-specimen]")) { d.close(); d.showModal(); }
    const summary = $$("[data-error-summary]", at).find((s) => !s.closest("[data-specimen]"));
    summary?.focus();
    syncSelection();
  }
  ready(document);
  forgetDone();
})();
