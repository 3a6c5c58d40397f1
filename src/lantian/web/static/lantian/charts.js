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

  // The chart as a picture, drawn once more on a canvas: the one in the page is made of vectors.
  function save(option, name, figure) {
    var box = document.createElement("div");
    box.style.cssText = "position:absolute;left:-9999px;top:0;width:" + Math.max(figure.clientWidth, 720) + "px;height:" + figure.clientHeight + "px";
    document.body.appendChild(box);
    var chart = window.echarts.init(box, base(), { renderer: "canvas" });
    chart.setOption(Object.assign({}, option, { animation: false, toolbox: { show: false }, title: { text: name, right: 8, top: 0, textStyle: { fontSize: 13, color: token("--lt-text") } } }));
    var link = document.createElement("a");
    link.href = chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: token("--lt-surface") || "#fff" });
    link.download = name + ".png";
    document.body.appendChild(link);
    link.click();
    link.remove();
    chart.dispose();
    box.remove();
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
    if (option.save) {
      delete wide.save;
      wide.toolbox = {
        right: 0, top: 0, itemSize: 15,
        feature: { myPicture: { show: true, title: "PNG", icon: "path://M4 16v4h16v-4M12 4v11M8 11l4 4 4-4", onclick: function () { save(wide, option.save, figure); } } },
        iconStyle: { borderColor: token("--lt-text-soft"), color: "none", borderWidth: 1.6 }
      };
    }
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
