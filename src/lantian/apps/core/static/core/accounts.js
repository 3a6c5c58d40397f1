// Fields that belong to one choice of a form come and go with it. Without scripts all of them are shown.
(function () {
  "use strict";

  function follow(name, selector, wanted) {
    var blocks = document.querySelectorAll(selector);
    var inputs = document.querySelectorAll("[name='" + name + "']");
    if (!blocks.length || !inputs.length) return;
    function update() {
      var chosen = document.querySelector("[name='" + name + "']:checked");
      blocks.forEach(function (block) { block.hidden = !chosen || chosen.value !== wanted; });
    }
    inputs.forEach(function (input) { input.addEventListener("change", update); });
    update();
  }

  function start() {
    follow("mode", "[data-only-strict]", "strict");
    follow("scope", "[data-only-custom]", "custom");
    // A heading of permissions ticks all of its group.
    document.querySelectorAll("[data-tick-all]").forEach(function (button) {
      button.hidden = false;
      button.addEventListener("click", function () {
        var boxes = button.closest("fieldset").querySelectorAll("input[type=checkbox]");
        var all = Array.prototype.every.call(boxes, function (box) { return box.checked; });
        boxes.forEach(function (box) { box.checked = !all; });
      });
    });
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
