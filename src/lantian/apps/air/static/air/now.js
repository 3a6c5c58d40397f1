// The map of the air: <div data-air-map="id of the JSON">. Outlines and stations alone, or tiles of an own server below.
(function () {
  var MINUTE = 60000;
  var asked = Date.now();
  var shown = null;
  var kept = null;

  "use strict";

  function element(tag, className, text) {
    var made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function popup(station, words) {
    var box = element("div", "air-pop");
    box.appendChild(element("b", "", station.name));
    box.appendChild(element("span", "", station.kind));
    var line = element("p");
    line.appendChild(element("span", "air-aqi air-l" + station.level, station.aqi === null ? words.none : station.aqi + " " + station.word));
    box.appendChild(line);
    if (station.primary) box.appendChild(element("span", "", words.primary + " " + station.primary));
    var list = element("ul");
    station.values.forEach(function (value) { list.appendChild(element("li", "", value)); });
    box.appendChild(list);
    var link = element("a", "", station.name + " ›");
    link.href = station.url;
    var last = element("p");
    last.appendChild(link);
    box.appendChild(last);
    return box;
  }

  function draw(box) {
    var given = JSON.parse(document.getElementById(box.dataset.airMap).textContent);
    var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    var map = window.L.map(box, { attributionControl: false, zoomSnap: 0.25, zoomAnimation: !still, fadeAnimation: !still, scrollWheelZoom: false, minZoom: 3, maxZoom: 15 });
    window.L.control.scale({ imperial: false }).addTo(map);
    if (box.dataset.tiles) window.L.tileLayer(box.dataset.tiles, { maxZoom: 18 }).addTo(map);
    var small = box.clientWidth < 480;
    var size = small ? 26 : 34;
    var bounds = window.L.latLngBounds([]);
    given.stations.forEach(function (station) {
      var pin = element("span", "air-pin" + (small ? " air-pin-small" : "") + " air-pin-" + station.sign + " air-l" + station.level, station.aqi === null ? "—" : station.aqi);
      var icon = window.L.divIcon({ html: pin, className: "", iconSize: [size, size], iconAnchor: [size / 2, size / 2], popupAnchor: [0, -size / 2] });
      window.L.marker([station.lat, station.lon], { icon: icon, title: station.name, alt: station.name + " " + (station.aqi === null ? given.words.none : station.aqi + " " + station.word), zIndexOffset: station.aqi || 0 })
        .bindPopup(function () { return popup(station, given.words); }, { minWidth: 200, maxWidth: 260 })
        .addTo(map);
      bounds.extend([station.lat, station.lon]);
    });
    if (bounds.isValid()) map.fitBounds(bounds, { padding: [40, 40], maxZoom: 12 });
    // After a refresh the map shows what it showed before.
    if (kept) map.setView(kept.center, kept.zoom, { animate: false });
    kept = null;
    shown = map;
    if (!given.outlines) return;
    window.fetch(given.outlines, { credentials: "same-origin" })
      .then(function (response) {
        if (!response.ok) throw new Error(String(response.status));
        return response.json();
      })
      .then(function (found) {
        if (!found.features.length) return;
        found.features.sort(function (a, b) { return Number(a.properties.own) - Number(b.properties.own); });
        var alone = found.features.length === 1;
        var names = [];
        var layer = window.L.geoJSON(found, {
          style: function (feature) {
            var own = feature.properties.own && !alone;
            var place = given.places[feature.properties.code];
            return { className: own ? "air-outline" : "air-area air-fill-" + (place ? place.level : 0), interactive: !own };
          },
          onEachFeature: function (feature, shape) {
            if (feature.properties.own && !alone) return;
            var place = given.places[feature.properties.code];
            var words = element("span", "", feature.properties.name);
            if (place) {
              words.appendChild(document.createElement("br"));
              words.appendChild(document.createTextNode(place.aqi === null ? given.words.none : place.aqi + " " + place.word));
              shape.on("click", function () { window.location.assign(place.url); });
            }
            if (found.features.length <= 60 && !small) {
              names.push({ at: [feature.properties.label[1], feature.properties.label[0]], words: words });
            } else {
              shape.bindTooltip(words, { sticky: true });
            }
          }
        }).addTo(map);
        map.fitBounds(layer.getBounds(), { padding: [10, 10] });
        names.forEach(function (name) {
          // A name steps aside for a station that lies in its place.
          var here = map.latLngToContainerPoint(name.at);
          var pins = given.stations.map(function (station) { return map.latLngToContainerPoint([station.lat, station.lon]); });
          var free = [0, 36, -36, 60, -60].filter(function (down) {
            return pins.every(function (pin) { return Math.abs(pin.x - here.x) > 52 || Math.abs(pin.y - here.y - down) > 32; });
          });
          window.L.tooltip({ permanent: true, direction: "center", offset: [0, free.length ? free[0] : 0], className: "air-name", interactive: false })
            .setLatLng(name.at).setContent(name.words).addTo(map);
        });
        map.setMaxBounds(layer.getBounds().pad(0.6));
      })
      .catch(function () { box.classList.add("air-map-partly"); });
  }

  function drawAll(within) {
    if (window.L) within.querySelectorAll("[data-air-map]").forEach(draw);
  }

  // The page asks for newer values once a minute as long as somebody may see it, and at once when it is seen again.
  function ask() {
    var page = document.querySelector("[data-air-refresh]");
    if (!page || !window.htmx || document.hidden || Date.now() - asked < MINUTE - 1000) return;
    asked = Date.now();
    window.htmx.trigger(page, "air:due");
  }

  document.addEventListener("DOMContentLoaded", function () {
    drawAll(document);
    if (!document.querySelector("[data-air-refresh]")) return;
    window.setInterval(ask, MINUTE);
    document.addEventListener("visibilitychange", ask);
    document.addEventListener("htmx:beforeSwap", function (event) {
      if (event.detail.target.id !== "air-now-page") return;
      // Whoever reads a sign of the map or fills in a field is not disturbed.
      var busy = document.activeElement && event.detail.target.contains(document.activeElement) && /^(SELECT|INPUT)$/.test(document.activeElement.tagName);
      if (busy || document.querySelector(".leaflet-popup")) { event.detail.shouldSwap = false; return; }
      if (shown) { kept = { center: shown.getCenter(), zoom: shown.getZoom() }; shown.remove(); shown = null; }
    });
    document.addEventListener("htmx:afterSwap", function () {
      var page = document.querySelector("[data-air-refresh]");
      if (page && !shown) drawAll(page);
    });
  });
})();
