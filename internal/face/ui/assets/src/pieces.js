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
