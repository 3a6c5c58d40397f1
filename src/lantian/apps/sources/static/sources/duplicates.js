// Two sources on a small map, with the line between them.
(function () {
  "use strict";

  function draw(box) {
    var points = JSON.parse(document.getElementById(box.dataset.twoMap).textContent);
    var map = window.L.map(box, { attributionControl: false, minZoom: 3, maxZoom: 18 });
    window.L.control.scale({ imperial: false }).addTo(map);
    if (box.dataset.tiles) window.L.tileLayer(box.dataset.tiles, { maxZoom: 18 }).addTo(map);
    window.L.polyline(points.map(function (point) { return point.at; }), { className: "so-between" }).addTo(map);
    points.forEach(function (point) {
      var label = document.createElement("span");
      label.textContent = point.name;
      window.L.circleMarker(point.at, { radius: 8, className: "so-dot so-dot-" + point.side })
        .bindTooltip(label, { permanent: true, direction: point.side === "first" ? "left" : "right" })
        .addTo(map);
    });
    map.fitBounds(points.map(function (point) { return point.at; }), { padding: [60, 60], maxZoom: 17 });
  }

  document.addEventListener("DOMContentLoaded", function () {
    if (window.L) document.querySelectorAll("[data-two-map]").forEach(draw);
  });
})();
