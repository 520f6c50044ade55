/* Ajustes del buscador de Sphinx. */
(function () {
  "use strict";
  /* Los extractos se piden página a página, y desde file:// no se puede. */
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

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
