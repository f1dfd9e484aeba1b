// The theme: the system's, or what the reader chose; remembered where the browser allows it.
(() => {
  const root = document.documentElement;
  const recall = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const keep = (theme) => { try { localStorage.setItem("theme", theme); } catch { /* for this page only */ } };
  const system = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const known = recall();
  if (known) root.dataset.theme = known;
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const other = () => ((root.dataset.theme || system()) === "dark" ? "light" : "dark");
    const tell = () => { button.textContent = other() === "dark" ? "Dark" : "Light"; };
    button.hidden = false;
    button.addEventListener("click", () => { root.dataset.theme = other(); keep(root.dataset.theme); tell(); });
    tell();
  });
})();
