// Outlines of places on a blank map: <div data-map="address of GeoJSON">. No base map, no network beyond our own site.
(function () {
  "use strict";

  function draw(box) {
    var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    var map = window.L.map(box, {
      attributionControl: false,
      zoomSnap: 0.25,
      zoomAnimation: !still,
      fadeAnimation: !still,
      scrollWheelZoom: false,
      minZoom: 3,
      maxZoom: 14
    });
    window.L.control.scale({ imperial: false }).addTo(map);
    window.fetch(box.dataset.map, { credentials: "same-origin" })
      .then(function (response) {
        if (!response.ok) throw new Error(String(response.status));
        return response.json();
      })
      .then(function (found) {
        var alone = found.features.length === 1;
        // The outline of the place itself lies above those of the places in it and lets the pointer through.
        found.features.sort(function (a, b) { return Number(a.properties.own) - Number(b.properties.own); });
        var layer = window.L.geoJSON(found, {
          style: function (feature) {
            var own = feature.properties.own;
            return { className: own ? "core-map-own" + (alone ? " core-map-alone" : "") : "core-map-area", interactive: !own };
          },
          onEachFeature: function (feature, shape) {
            if (feature.properties.own && !alone) return;
            var words = document.createElement("span");
            words.textContent = feature.properties.name;
            if (found.features.length <= 60) {
              window.L.tooltip({ permanent: true, direction: "center", className: "core-map-label", interactive: false })
                .setLatLng([feature.properties.label[1], feature.properties.label[0]])
                .setContent(words)
                .addTo(map);
            } else {
              shape.bindTooltip(words, { sticky: true });
            }
            if (feature.properties.url) {
              shape.on("click", function () { window.location.assign(feature.properties.url); });
            }
          }
        }).addTo(map);
        map.fitBounds(layer.getBounds(), { padding: [12, 12] });
        map.setMaxBounds(layer.getBounds().pad(0.5));
      })
      .catch(function () {
        box.classList.add("core-map-failed");
      });
  }

  document.addEventListener("DOMContentLoaded", function () {
    if (!window.L) return;
    document.querySelectorAll("[data-map]").forEach(draw);
  });
})();
