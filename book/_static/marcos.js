/* El marco elegido se aplica mientras la página se lee, antes de pintarla: así las
   pestañas no saltan. De guardarlo y sincronizarlo se ocupa sphinx-design, con la
   misma clave. La dirección manda: ?marco=jax elige y se recuerda. */
(function () {
  "use strict";
  var MARCOS = ["pytorch", "keras", "jax"];
  var CLAVE = "sphinx-design-tab-id-marco";

  function elegido() {
    var pedido = new URLSearchParams(location.search).get("marco");
    if (MARCOS.indexOf(pedido) >= 0) return pedido;
    try {
      return localStorage.getItem(CLAVE);
    } catch (error) {
      return null;
    }
  }

  var marco = elegido();
  if (MARCOS.indexOf(marco) >= 0) {
    var marcar = function () {
      document
        .querySelectorAll('.marcos > label[data-sync-id="' + marco + '"]')
        .forEach(function (rotulo) {
          rotulo.control.checked = true;
        });
    };
    var vigia = new MutationObserver(marcar);
    vigia.observe(document.documentElement, { childList: true, subtree: true });
    document.addEventListener("DOMContentLoaded", function () {
      marcar();
      vigia.disconnect();
    });
  }

  /* Al cambiar de marco cambian todas las pestañas, también las de más arriba: la que
     se acaba de tocar se queda donde estaba en la pantalla. */
  document.addEventListener(
    "change",
    function (evento) {
      var grupo = evento.target.closest && evento.target.closest(".marcos");
      if (!grupo) return;
      var antes = grupo.getBoundingClientRect().top;
      requestAnimationFrame(function () {
        window.scrollBy({
          top: grupo.getBoundingClientRect().top - antes,
          behavior: "instant",
        });
      });
    },
    true
  );
})();
