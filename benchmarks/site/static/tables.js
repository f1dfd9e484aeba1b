// Tables that sort and filter, by simple-datatables. What is chosen stands in the address, so that it can be shared, and
// goes along to the pages of other references.
document.addEventListener("DOMContentLoaded", () => {
  if (!window.simpleDatatables) return; // the tables stay as they are
  const state = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  const links = document.querySelectorAll("a[data-keep]");
  const follow = () => { for (const link of links) link.hash = String(state); };
  const keep = (key, value) => {
    if (value) state.set(key, value);
    else state.delete(key);
    history.replaceState(null, "", `#${state}`);
    follow();
  };
  follow();
  for (const table of document.querySelectorAll("table.data")) {
    const closed = table.closest("details:not([open])");
    const start = () => activate(table, state, keep);
    if (closed && [...state.keys()].some((key) => key.startsWith(`${table.id}.`))) closed.open = true;
    if (closed && !closed.open) closed.addEventListener("toggle", start, { once: true }); // a long one takes a second
    else start();
  }
});

function activate(table, state, keep) {
  const { id } = table;
  const caption = table.caption.textContent;
  const rows = table.tBodies[0].rows.length;
  const view = new simpleDatatables.DataTable(table, {
    paging: rows > 100, perPage: 100, perPageSelect: [100, 500, ["all", 0]], searchable: rows > 2, fixedColumns: false,
    searchAnd: true, ignorePunctuation: false, // every word that is typed, as it is typed
    labels: { placeholder: "Filter", searchTitle: `Filter: ${caption}`, perPage: "rows", info: "{start} to {end} of {rows}" },
  });
  const input = view.wrapperDOM.querySelector("input");
  view.on("datatable.sort", (column, direction) => keep(`${id}.sort`, `${column}.${direction}`));
  input?.addEventListener("input", () => keep(`${id}.filter`, input.value));
  const [column, direction] = (state.get(`${id}.sort`) || "").split(".");
  if (direction) view.columns.sort(Number(column), direction);
  const query = state.get(`${id}.filter`);
  if (query && input) {
    input.value = query;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
  // each table brings this hint, and an id may stand on a page once
  for (const hint of [...document.querySelectorAll("#sort-hint")].slice(1)) hint.remove();
}
