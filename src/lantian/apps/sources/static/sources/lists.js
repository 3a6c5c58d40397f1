// Lists of sources: rows that are chosen, and the map. Pages work without it, but for the map.
(function () {
  "use strict";

  function element(tag, className, text) {
    var made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  // How many rows are chosen, and a box that chooses the whole page.
  function count() {
    var boxes = document.querySelectorAll('input[name="row"][form="so-bulk"]');
    var chosen = Array.prototype.filter.call(boxes, function (box) { return box.checked; }).length;
    document.querySelectorAll("[data-so-count]").forEach(function (place) { place.textContent = String(chosen); });
    document.querySelectorAll("[data-so-all]").forEach(function (all) {
      all.checked = chosen > 0 && chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    });
  }

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-so-all]")) {
      document.querySelectorAll('input[name="row"][form="so-bulk"]').forEach(function (box) { box.checked = event.target.checked; });
      count();
    } else if (event.target.name === "row") {
      count();
    }
  });
  document.addEventListener("htmx:afterSwap", count);

  function draw(box) {
    var given = JSON.parse(document.getElementById(box.dataset.soMap).textContent);
    var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    var map = window.L.map(box, { attributionControl: false, zoomAnimation: !still, fadeAnimation: !still, minZoom: 3, maxZoom: 18 });
    window.L.control.scale({ imperial: false }).addTo(map);
    if (box.dataset.tiles) window.L.tileLayer(box.dataset.tiles, { maxZoom: 18 }).addTo(map);
    var layer = window.L.layerGroup().addTo(map);
    var foot = document.querySelector("[data-so-total]");
    var filter = new URLSearchParams(window.location.search);
    ["box", "zoom", "page", "sort"].forEach(function (name) { filter.delete(name); });
    var asked = 0;

    function popup(one) {
      var inner = element("div", "so-pop");
      var link = element("a", "", one.name);
      link.href = one.url;
      inner.appendChild(link);
      inner.appendChild(element("span", "so-sub", one.kind));
      return inner;
    }

    function put(feature) {
      var at = [feature.geometry.coordinates[1], feature.geometry.coordinates[0]];
      var one = feature.properties;
      if (one.count === undefined) {
        window.L.circleMarker(at, { radius: 7, className: "so-dot so-dot-" + one.status })
          .bindPopup(function () { return popup(one); })
          .bindTooltip(element("span", "", one.name))
          .addTo(layer);
        return;
      }
      var size = one.count < 10 ? 30 : one.count < 100 ? 36 : one.count < 1000 ? 44 : 54;
      var words = one.count >= 10000 ? Math.round(one.count / 1000) + "k" : String(one.count);
      window.L.marker(at, {
        icon: window.L.divIcon({ html: element("span", "so-cluster", words), className: "", iconSize: [size, size] }),
        alt: one.count + " " + given.words.sources,
        title: one.count + " " + given.words.sources
      }).on("click", function () {
        var wide = one.box[0] !== one.box[2] || one.box[1] !== one.box[3];
        if (wide) map.fitBounds([[one.box[1], one.box[0]], [one.box[3], one.box[2]]], { padding: [40, 40], maxZoom: 17 });
        else map.setView(at, Math.min(map.getZoom() + 3, 18));
      }).addTo(layer);
    }

    function load() {
      var bounds = map.getBounds().pad(0.1);
      var query = new URLSearchParams(filter);
      function within(value, least, most) { return String(Math.round(Math.max(least, Math.min(most, value)) * 1e5) / 1e5); }
      query.set("box", [within(bounds.getWest(), -180, 180), within(bounds.getSouth(), -90, 90), within(bounds.getEast(), -180, 180), within(bounds.getNorth(), -90, 90)].join(","));
      query.set("zoom", String(Math.round(map.getZoom())));
      var mine = ++asked;
      window.fetch(given.points + "?" + query.toString(), { credentials: "same-origin" })
        .then(function (response) {
          if (!response.ok) throw new Error(String(response.status));
          return response.json();
        })
        .then(function (found) {
          if (mine !== asked) return;
          layer.clearLayers();
          found.features.forEach(put);
          if (foot) foot.textContent = given.words.in_sight + " " + found.total + " " + given.words.sources;
        })
        .catch(function () { if (foot) foot.textContent = given.words.failed; });
    }

    if (given.outlines) {
      window.fetch(given.outlines, { credentials: "same-origin" })
        .then(function (response) { return response.ok ? response.json() : null; })
        .then(function (found) {
          if (found && found.features.length) window.L.geoJSON(found, { style: { className: "so-outline" }, interactive: false }).addTo(map);
        })
        .catch(function () {});
    }
    map.fitBounds([[given.extent[1], given.extent[0]], [given.extent[3], given.extent[2]]], { padding: [20, 20], maxZoom: 14 });
    load();
    map.on("moveend", load);
  }

  document.addEventListener("DOMContentLoaded", function () {
    count();
    if (window.L) document.querySelectorAll("[data-so-map]").forEach(draw);
  });
})();
