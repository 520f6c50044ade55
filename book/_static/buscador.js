/* Ajustes del buscador de Sphinx. */
(function () {
  "use strict";
  /* Los extractos se piden página a página, y desde file:// no se puede. */
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

  /* La página que se llama como lo buscado va la primera, aunque se teclee sin tildes.
     Los resultados llegan del peor al mejor. */
  function llano(texto) {
    return texto.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().trim();
  }
  var buscar = Search._performSearch;
  Search._performSearch = function (consulta) {
    var resultados = buscar.apply(Search, arguments);
    function seLlama(resultado) {
      return llano(resultado[1]) === llano(consulta);
    }
    return resultados
      .filter(function (resultado) {
        return !seLlama(resultado);
      })
      .concat(resultados.filter(seLlama));
  };

  /* El extracto sale del texto de la página, sin sus menús y con cada fórmula una vez. */
  var original = Search.htmlToText;
  Search.htmlToText = function (html, ancla) {
    var pagina = new DOMParser().parseFromString(html, "text/html");
    pagina
      .querySelectorAll(
        ".bd-header-article, .bd-sidebar-secondary, .prev-next-footer, " +
          ".bd-footer-content, .katex-html, annotation, summary"
      )
      .forEach(function (sobra) {
        sobra.remove();
      });
    return original(pagina.documentElement.outerHTML, ancla);
  };
})();
