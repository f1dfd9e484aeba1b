// Curves to point at and to zoom into, by uPlot, in place of the figures, which remain where it is not there.
document.addEventListener("DOMContentLoaded", () => {
  if (!window.uPlot) return;
  const dashes = [[], [8, 4], [2, 3], [8, 3, 2, 3]];
  const ink = () => getComputedStyle(document.body).color;

  const plot = (holder, curves, width) => {
    const axis = { stroke: ink, grid: { stroke: "#8884", width: 1 }, ticks: { stroke: "#8884", width: 1 } };
    const series = Object.keys(curves.lines).map((label, i) => ({
      label, stroke: curves.colors[i], dash: dashes[i % 4], width: 2, points: { show: false },
    }));
    return new uPlot({
      width, height: 260, title: curves.loss, scales: { x: { time: false } }, axes: [{ ...axis, label: "epoch" }, axis],
      series: [{ label: "epoch" }, ...series],
    }, [curves.epochs, ...Object.values(curves.lines)], holder);
  };

  const panels = [];
  const show = (data) => {
    const figure = data.closest("figure");
    const still = figure.querySelector("svg");
    const holder = document.createElement("div");
    holder.className = "curves";
    holder.setAttribute("role", "img");
    holder.setAttribute("aria-label", still.getAttribute("aria-label"));
    still.parentElement.classList.add("replaced"); // on the screen; it is what is printed
    figure.prepend(holder);
    const wide = () => Math.max(240, Math.min(560, (holder.clientWidth || 720) / (holder.clientWidth < 700 ? 1 : 2) - 8));
    for (const curves of JSON.parse(data.textContent)) panels.push([plot(holder, curves, wide()), wide]);
  };
  for (const data of document.querySelectorAll("script.curves")) {
    const closed = data.closest("details:not([open])");
    if (closed) closed.addEventListener("toggle", () => show(data), { once: true });
    else show(data);
  }
  const fit = () => panels.forEach(([each, wide]) => each.setSize({ width: wide(), height: 260 }));
  window.addEventListener("resize", fit);
  document.getElementById("theme").addEventListener("click", () => panels.forEach(([each]) => each.redraw()));
});
