// Views of a plan: full screen for the wall, folding all chapters of the Gantt chart. Without scripts links do the same.
(function () {
  "use strict";
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-fullscreen]").forEach(function (button) {
      if (!document.documentElement.requestFullscreen) return;
      button.hidden = false;
      button.addEventListener("click", function () {
        if (document.fullscreenElement) document.exitFullscreen();
        else document.documentElement.requestFullscreen();
      });
    });
    document.querySelectorAll("[data-unfold]").forEach(function (link) {
      link.addEventListener("click", function (event) {
        event.preventDefault();
        document.querySelectorAll(".pg-chapter").forEach(function (chapter) {
          chapter.open = link.dataset.unfold === "1";
        });
      });
    });
  });
})();
