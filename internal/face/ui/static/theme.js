// Runs before anything is drawn, so that no page flashes in the wrong theme.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    if (root.dataset.theme) return root.dataset.theme;
    try { return localStorage.getItem("theme") || "system"; } catch { return "system"; }
  };
  const apply = () => {
    const t = chosen();
    const on = t === "dark" || (t === "system" && dark.matches);
    root.classList.toggle("dark", on);
    root.classList.toggle("light", !on);
  };
  root.classList.add("js");
  if (navigator.share) root.classList.add("shares");
  apply();
  dark.addEventListener("change", apply);
  addEventListener("storage", apply);
  window.involtTheme = {
    get: chosen,
    set(t) {
      try { localStorage.setItem("theme", t); } catch { /* private mode: for this page only */ }
      delete root.dataset.theme;
      apply();
    },
  };
})();
