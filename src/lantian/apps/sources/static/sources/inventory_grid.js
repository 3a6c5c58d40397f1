// The grid of an inventory: cells coloured by class, and on a click the value with the greatest sources.
(function () {
  "use strict";

  function element(tag, className, text) {
    var made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function fetched(address) {
    return window.fetch(address, { credentials: "same-origin" }).then(function (response) {
      if (!response.ok) throw new Error(String(response.status));
      return response.json();
    });
  }

  function popup(found, words) {
    var inner = element("div", "so-pop");
    inner.appendChild(element("b", "", found.t));
    inner.appendChild(element("span", "so-sub", found.name));
    var list = element("ul", "so-pop-list");
    found.sources.forEach(function (one) {
      var line = element("li");
      var link = element("a", "", one.name);
      link.href = one.url;
      line.appendChild(link);
      line.appendChild(element("span", "", one.t + " t"));
      list.appendChild(line);
    });
    if (found.rest) {
      var rest = element("li");
      rest.appendChild(element("span", "so-sub", found.sources.length ? words.others : words.none));
      rest.appendChild(element("span", "", found.rest + " t"));
      list.appendChild(rest);
    }
    inner.appendChild(list);
    return inner;
  }

  function draw(box) {
    var given = JSON.parse(document.getElementById(box.dataset.soGrid).textContent);
    var style = window.getComputedStyle(box);
    var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    var colours = [0, 1, 2, 3, 4, 5].map(function (at) { return style.getPropertyValue("--so-class-" + at).trim(); });
    var map = window.L.map(box, { attributionControl: false, zoomAnimation: !still, fadeAnimation: !still, minZoom: 3, maxZoom: 18, zoomSnap: 0.25 });
    window.L.control.scale({ imperial: false }).addTo(map);
    if (box.dataset.tiles) window.L.tileLayer(box.dataset.tiles, { maxZoom: 18 }).addTo(map);
    fetched(given.cells).then(function (found) {
      var renderer = window.L.canvas({ padding: 0.2 });
      var wide = found.columns + 1;
      var layer = window.L.featureGroup();
      function corner(at) { return [found.corners[2 * at + 1], found.corners[2 * at]]; }
      found.cells.forEach(function (cell, number) {
        var at = Math.floor(cell / found.columns) * wide + cell % found.columns;
        var t = found.t[number];
        var place = found.bounds.filter(function (bound) { return t >= bound; }).length;
        var shape = window.L.polygon([corner(at), corner(at + 1), corner(at + wide + 1), corner(at + wide)], {
          renderer: renderer, stroke: false, fill: true, fillColor: colours[place], fillOpacity: 0.78
        });
        shape.cell = cell;
        layer.addLayer(shape);
      });
      layer.on("click", function (event) {
        var cell = event.layer.cell;
        fetched(given.cell + "&cell=" + cell)
          .then(function (one) { window.L.popup({ maxWidth: 320 }).setLatLng(event.latlng).setContent(popup(one, given.words)).openOn(map); })
          .catch(function () { window.L.popup().setLatLng(event.latlng).setContent(element("span", "", given.words.failed)).openOn(map); });
      });
      if (found.cells.length) map.fitBounds(layer.getBounds(), { padding: [12, 12] });
      else map.setView([found.corners[1], found.corners[0]], 9);
      layer.addTo(map);
      box.dataset.ready = String(found.cells.length);
      if (!given.outlines) return null;
      return fetched(given.outlines).then(function (outlines) {
        if (outlines.features.length) window.L.geoJSON(outlines, { style: { className: "so-outline" }, interactive: false }).addTo(map);
      }).catch(function () {});
    }).catch(function () { box.textContent = given.words.failed; });
  }

  document.addEventListener("DOMContentLoaded", function () {
    if (window.L) document.querySelectorAll("[data-so-grid]").forEach(draw);
  });
})();
