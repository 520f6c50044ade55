/* Detalles de la página: menús, impresión y teclado. */
(function () {
  "use strict";

  /* El menú de cuadernos se cierra con Escape y al pulsar fuera. */
  document.addEventListener("keydown", function (evento) {
    if (evento.key !== "Escape") return;
    document.querySelectorAll("details.menu-cuadernos[open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });
  document.addEventListener("click", function (evento) {
    document.querySelectorAll("details.menu-cuadernos[open]").forEach(function (menu) {
      if (!menu.contains(evento.target)) menu.open = false;
    });
  });

  /* Al imprimir se abre lo plegado y el papel es blanco; después, como estaba. */
  var raiz = document.documentElement;
  var abiertos = [];
  var tema = null;
  window.addEventListener("beforeprint", function () {
    tema = raiz.dataset.theme;
    raiz.dataset.theme = "light";
    abiertos = Array.from(
      document.querySelectorAll(".bd-article details:not([open])")
    );
    abiertos.forEach(function (plegable) {
      plegable.open = true;
    });
  });
  window.addEventListener("afterprint", function () {
    raiz.dataset.theme = tema;
    abiertos.forEach(function (plegable) {
      plegable.open = false;
    });
  });

  /* Lo que se desplaza por dentro se puede alcanzar con el teclado. */
  var DESPLAZABLES =
    ".formula-cuerpo, .cell_output, .tabla-desplazable, div.highlight pre";
  function alcanzar() {
    document.querySelectorAll(DESPLAZABLES).forEach(function (caja) {
      if (caja.scrollWidth > caja.clientWidth) caja.tabIndex = 0;
      else caja.removeAttribute("tabindex");
    });
  }
  window.addEventListener("load", alcanzar);
  document.fonts.ready.then(alcanzar);
  window.addEventListener("resize", alcanzar);
  document.addEventListener("toggle", alcanzar, true);
  document.addEventListener("change", alcanzar);
})();
