// Charts: every <figure data-chart="ID"> is drawn from the JSON in the script tag with that id.
(function () {
  "use strict";
  var drawn = new Map();

  function token(name) {
    return window.getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function base() {
    var text = token("--lt-text-soft");
    var line = token("--lt-line");
    var axis = {
      axisLine: { lineStyle: { color: line } },
      axisTick: { show: false },
      axisLabel: { color: text },
      nameTextStyle: { color: text },
      splitLine: { lineStyle: { color: line } }
    };
    return {
      color: [token("--lt-chart-1"), token("--lt-chart-2"), token("--lt-chart-3"), token("--lt-chart-4"), token("--lt-chart-5"), token("--lt-chart-6")],
      textStyle: { fontFamily: token("--lt-font"), color: text },
      legend: { top: 0, right: 0, textStyle: { color: text }, itemWidth: 14, itemHeight: 10, icon: "roundRect" },
      categoryAxis: axis,
      valueAxis: axis,
      timeAxis: axis
    };
  }

  function draw(figure) {
    var script = document.getElementById(figure.dataset.chart);
    if (!script || !window.echarts) return;
    var option = JSON.parse(script.textContent);
    var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (drawn.has(figure)) drawn.get(figure).dispose();
    var chart = window.echarts.init(figure, base(), { renderer: "svg" });
    var wide = Object.assign(
      {
        animation: !still,
        animationDuration: 300,
        grid: { left: 8, right: 12, top: 40, bottom: 8, containLabel: true },
        tooltip: { trigger: "axis", confine: true },
        aria: { enabled: true }
      },
      option
    );
    chart.setOption(wide);
    drawn.set(figure, chart);
  }

  function start(root) {
    root.querySelectorAll("[data-chart]").forEach(function (figure) {
      if (!drawn.has(figure)) draw(figure);
      if (window.ResizeObserver && !figure.dataset.watched) {
        figure.dataset.watched = "1";
        new ResizeObserver(function () {
          if (drawn.has(figure)) drawn.get(figure).resize();
        }).observe(figure);
      }
    });
    drawn.forEach(function (chart, figure) {
      if (!figure.isConnected) {
        chart.dispose();
        drawn.delete(figure);
      }
    });
  }

  document.addEventListener("DOMContentLoaded", function () { start(document); });
  document.addEventListener("htmx:load", function (event) { start(event.detail.elt.parentNode || document); });
  document.addEventListener("lantian:theme", function () {
    Array.from(drawn.keys()).forEach(draw);
  });
})();
