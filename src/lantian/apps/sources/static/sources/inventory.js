// The map of an inventory: circles that grow with the emission.
(function () {
  "use strict";

  function draw(box) {
    var points = JSON.parse(document.getElementById(box.dataset.inventoryMap).textContent);
    var map = window.L.map(box, { attributionControl: false, minZoom: 3, maxZoom: 18 });
    window.L.control.scale({ imperial: false }).addTo(map);
    if (box.dataset.tiles) window.L.tileLayer(box.dataset.tiles, { maxZoom: 18 }).addTo(map);
    points.forEach(function (one) {
      window.L.circleMarker(one.at, { radius: one.size, className: "so-dot" }).bindPopup(function () {
        var inner = document.createElement("div");
        var link = document.createElement("a");
        link.href = one.url;
        link.textContent = one.name;
        inner.appendChild(link);
        inner.appendChild(document.createElement("br"));
        inner.appendChild(document.createTextNode(one.t));
        return inner;
      }).addTo(map);
    });
    map.fitBounds(points.map(function (one) { return one.at; }), { padding: [30, 30], maxZoom: 13 });
  }

  document.addEventListener("DOMContentLoaded", function () {
    if (window.L) document.querySelectorAll("[data-inventory-map]").forEach(draw);
  });
})();
