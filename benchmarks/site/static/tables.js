// Tables that sort and filter, by simple-datatables. What is chosen stands in the address, so that it can be shared.
document.addEventListener("DOMContentLoaded", () => {
  if (!window.simpleDatatables) return; // the tables stay as they are
  const state = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  const keep = (key, value) => {
    if (value) state.set(key, value);
    else state.delete(key);
    history.replaceState(null, "", `#${state}`);
  };
  for (const table of document.querySelectorAll("table.data")) activate(table, state, keep);
  // each table brings this hint, and an id may stand on a page once
  for (const hint of [...document.querySelectorAll("#sort-hint")].slice(1)) hint.remove();
});

function activate(table, state, keep) {
  const { id, caption } = table;
  const rows = table.tBodies[0].rows.length;
  const caption_text = caption.textContent;
  const view = new simpleDatatables.DataTable(table, {
    paging: rows > 100, perPage: 100, perPageSelect: [100, 500, ["all", 0]],
    searchable: rows > 2, fixedColumns: false,
    labels: { placeholder: "Filter", searchTitle: `Filter: ${caption_text}`, perPage: "rows", info: "{start} to {end} of {rows}" },
  });
  view.on("datatable.sort", (column, direction) => keep(`${id}.sort`, `${column}.${direction}`));
  view.on("datatable.search", (query) => keep(`${id}.filter`, query));
  const [column, direction] = (state.get(`${id}.sort`) || "").split(".");
  if (direction) view.columns.sort(Number(column), direction);
  const query = state.get(`${id}.filter`);
  if (query) {
    const input = view.wrapperDOM.querySelector("input");
    if (input) input.value = query;
    view.search(query);
  }
}
