"""Lo que se exige a cada página del sitio, medido en un navegador.

Cada comprobación devuelve una lista de hallazgos en español, vacía si todo está bien.
`test_puertas.py` enseña a cada una una página con el defecto que busca.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

LIMITE_PESO = 900_000
LIMITE_GZIP = 300_000
LIMITE_SALTO = 0.05
ESCRITORIO = {"width": 1280, "height": 900}
MOVIL = {"width": 390, "height": 844}

# Palabras de interfaz que no existen en español ni son términos del libro.
INGLES = re.compile(
    r"\b(search|toggle|sidebar|navigation|launch|copied|copy|previous|next|contents?"
    r"|skip|click|show|hide|hidden|source|download|permalink|link to|heading|page"
    r"|settings?|light|dark|mode|home|back to|loading|close|open|last updated"
    r"|built with|powered by|created using|warning|exercise|solution|theorem|figure"
    r"|table of|matches|results?|please|enable|cell|output|input|edit|issue)\b",
    re.IGNORECASE,
)
# Lo que se ve cuando una tabla, una directiva, un rol o una fórmula no se convierten.
CRUDO = re.compile(
    r"\|\s*:?[-—]{2,}|^\s*:::|\{[a-z:]+\}`|```|\*\*\w|\$\\?\w+.*?\$", re.M
)
# Suma los saltos de maquetación que no siguen a un gesto de quien lee.
_VIGILAR_SALTOS = """
window.saltos = [];
new PerformanceObserver((lista) => {
  for (const s of lista.getEntries()) {
    if (s.hadRecentInput) continue;
    const nodos = s.sources.map((f) => f.node).filter(Boolean);
    const culpables = nodos.map((n) => n.className || n.nodeName).join(", ");
    window.saltos.push({ valor: s.value, culpables });
  }
}).observe({ type: "layout-shift", buffered: true });
"""
_RECORRER = """async () => {
  const alto = () => document.documentElement.scrollHeight;
  for (let y = 0; y < alto(); y += innerHeight) {
    scrollTo({ top: y, behavior: "instant" });
    await new Promise((listo) => setTimeout(listo, 40));
  }
  scrollTo({ top: 0, behavior: "instant" });
}"""
_TEXTOS = """() => {
  const fuera = "pre, code, math, .katex, script, style, [lang]:not(html)";
  const visto = [];
  const apuntar = (donde, texto) => {
    if (texto && texto.trim()) visto.push([donde, texto.trim()]);
  };
  apuntar("título", document.title);
  const atributos = ["aria-label", "title", "placeholder", "alt", "aria-description",
                     "data-bs-title", "data-tooltip", "aria-roledescription"];
  for (const el of document.querySelectorAll("body *")) {
    if (el.closest("pre, code")) continue;
    for (const a of atributos) {
      // El título de una cita es la referencia, en la lengua de la obra.
      if (a === "title" && el.matches("article a.internal, a[rel]")) continue;
      apuntar(`${el.tagName.toLowerCase()}[${a}]`, el.getAttribute(a));
    }
  }
  // De la prosa solo se mira lo que pone la máquina: botones, resúmenes y rótulos.
  const interfaz = "button, summary, .admonition-title, .caption-number, label, option";
  const paseo = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (paseo.nextNode()) {
    const padre = paseo.currentNode.parentElement;
    if (!padre || padre.closest(fuera)) continue;
    const prosa = padre.closest("article, nav, #search-results, .prev-next-area");
    if (prosa && !padre.closest(interfaz)) continue;
    apuntar(padre.tagName.toLowerCase(), paseo.currentNode.textContent);
  }
  return visto;
}"""


_ALIGERAR = """() => {
  const vistos = new Set();
  for (const pieza of document.querySelectorAll("pre span")) {
    const bloque = pieza.closest("pre").parentElement.parentElement.className;
    const clave = `${pieza.className} en ${bloque}`;
    if (vistos.has(clave) && pieza.childElementCount === 0)
      pieza.replaceWith(...pieza.childNodes);
    vistos.add(clave);
  }
  for (const dibujo of document.querySelectorAll(".katex-html")) {
    const { width, height } = dibujo.getBoundingClientRect();
    dibujo.replaceChildren();
    Object.assign(dibujo.style, { display: "inline-block", width: `${width}px`,
                                  height: `${height}px` });
  }
}"""


@dataclass
class Visita:
    """Una página abierta y todo lo que ha pedido y dicho."""

    pagina: Page
    origen: str
    peticiones: list[str] = field(default_factory=list)
    errores: list[str] = field(default_factory=list)
    respuestas: list[Any] = field(default_factory=list)


def abrir(pagina: Page, url: str) -> None:
    """Abre una dirección y espera a que el artículo se muestre con sus letras."""
    pagina.goto(url, wait_until="load")
    pagina.wait_for_selector("html:not(.sin-letras)", state="attached")
    if pagina.locator(".bd-article").count():
        pagina.locator(".bd-article").first.wait_for(state="visible")


@contextmanager
def visitar(
    navegador: Browser,
    url: str,
    origen: str,
    ventana: dict[str, int] = ESCRITORIO,
    **opciones: Any,
) -> Iterator[Visita]:
    """Abre una dirección en un perfil nuevo, como en la primera visita.

    Args:
        navegador: Chromium.
        url: la página.
        origen: lo que no empieza por aquí es de terceros.
        ventana: tamaño de la ventana.
        opciones: las demás de ``Browser.new_context``.
    """
    contexto = navegador.new_context(
        viewport=ventana, locale="es-ES", reduced_motion="reduce", **opciones
    )
    contexto.add_init_script(_VIGILAR_SALTOS)
    pagina = contexto.new_page()
    visita = Visita(pagina, origen)
    pagina.on("request", lambda r: visita.peticiones.append(r.url))
    pagina.on("response", lambda r: visita.respuestas.append(r))
    pagina.on(
        "requestfailed",
        lambda r: visita.errores.append(f"no llega {r.url}: {r.failure}"),
    )
    pagina.on("pageerror", lambda e: visita.errores.append(str(e)))
    pagina.on(
        "console",
        lambda m: visita.errores.append(m.text) if m.type == "error" else None,
    )
    try:
        abrir(pagina, url)
        yield visita
    finally:
        contexto.close()


def recorrer(visita: Visita) -> None:
    """Baja hasta el final y vuelve: así se monta y se carga todo."""
    visita.pagina.evaluate(_RECORRER)
    visita.pagina.wait_for_load_state("networkidle")


def terceros(visita: Visita) -> list[str]:
    """Peticiones a otro sitio."""
    propias = (visita.origen, "data:", "blob:", "about:")
    return [
        f"petición a terceros: {url}"
        for url in visita.peticiones
        if not url.startswith(propias)
    ]


def errores(visita: Visita) -> list[str]:
    """Errores de la consola, de los guiones y de la red."""
    rotas = [f"{r.status} en {r.url}" for r in visita.respuestas if r.status >= 400]
    return [f"error en la consola: {error}" for error in visita.errores + rotas]


def medir_peso(visita: Visita) -> tuple[int, int]:
    """Bytes de todas las respuestas, sin comprimir y con gzip, sin las figuras.

    Las figuras (imágenes que salen de las celdas) tienen su propio tamaño y se cargan
    cuando se van a ver.
    """
    cuerpos = [r.body() for r in visita.respuestas if "/_images/" not in r.url]
    return sum(map(len, cuerpos)), sum(len(gzip.compress(c, 6)) for c in cuerpos)


def peso(visita: Visita) -> list[str]:
    """Primera visita más pesada de lo que admite el presupuesto."""
    total, comprimido = medir_peso(visita)
    hallazgos = []
    if total > LIMITE_PESO:
        hallazgos.append(f"pesa {total / 1e3:.0f} kB (máximo {LIMITE_PESO / 1e3:.0f})")
    if comprimido > LIMITE_GZIP:
        hallazgos.append(
            f"con gzip pesa {comprimido / 1e3:.0f} kB (máximo {LIMITE_GZIP / 1e3:.0f})"
        )
    return hallazgos


def desborde(visita: Visita) -> list[str]:
    """Página más ancha que la ventana, y qué elementos la ensanchan."""
    sobra = visita.pagina.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    if sobra <= 0:
        return []
    culpables = visita.pagina.evaluate(
        """() => [...document.querySelectorAll("main *")]
          .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
          .slice(0, 3).map((e) => e.tagName + "." + e.className)"""
    )
    return [f"desborda {sobra} px: {culpables}"]


def ecuaciones(visita: Visita) -> list[str]:
    """Ecuaciones más anchas que su columna, que se leerían cortadas."""
    anchas = visita.pagina.evaluate(
        """() => [...document.querySelectorAll("div.math, .katex-display")]
          .map((e) => [e.textContent.trim(), e.scrollWidth - e.clientWidth])
          .filter(([, sobra]) => sobra > 1)"""
    )
    return [
        f"la ecuación «{texto[:40]}…» se sale {sobra} px" for texto, sobra in anchas
    ]


def saltos(visita: Visita) -> list[str]:
    """Contenido que se mueve solo después de pintarse (CLS)."""
    lista = visita.pagina.evaluate("window.saltos")
    total = sum(salto["valor"] for salto in lista)
    if total <= LIMITE_SALTO:
        return []
    peor = max(lista, key=lambda salto: salto["valor"])
    return [f"la página salta {total:.3f} (máximo {LIMITE_SALTO}): {peor['culpables']}"]


def accesibilidad(visita: Visita) -> list[str]:
    """Violaciones que encuentra axe-core.

    Antes aligera la página, que no se vuelve a usar: de las piezas de código de la
    misma clase queda una, y del dibujo de cada fórmula, que el lector de pantalla no
    lee, su hueco. Medir miles de palabras iguales llevaría medio minuto.
    """
    visita.pagina.evaluate(_ALIGERAR)
    resultado = Axe().run(visita.pagina, options={"resultTypes": ["violations"]})
    return [
        f"axe {v['id']}: {v['help']} → {v['nodes'][0]['target']}"
        f" {v['nodes'][0].get('failureSummary', '')[:300]}"
        for v in resultado.response["violations"]
    ]


def imagenes(visita: Visita) -> list[str]:
    """Imágenes del artículo sin una descripción de verdad."""
    lista = visita.pagina.evaluate(
        """() => [...document.querySelectorAll("article img")]
          .map((i) => [i.getAttribute("src"), i.getAttribute("alt")])"""
    )
    hallazgos = []
    for fuente, texto in lista:
        descripcion = (texto or "").strip()
        es_archivo = Path(descripcion).suffix != "" and " " not in descripcion
        if len(descripcion) < 10 or es_archivo or " " not in descripcion:
            hallazgos.append(f"imagen {fuente} con descripción «{descripcion}»")
    return hallazgos


def ingles(visita: Visita) -> list[str]:
    """Textos de la interfaz en inglés, también los que solo oye un lector."""
    return [
        f"en inglés, en {donde}: «{texto[:80]}»"
        for donde, texto in visita.pagina.evaluate(_TEXTOS)
        if INGLES.search(texto)
    ]


def idioma(visita: Visita) -> list[str]:
    """La página dice que está en español."""
    lengua = visita.pagina.evaluate("document.documentElement.lang")
    return [] if lengua == "es" else [f"<html lang> es «{lengua}», no «es»"]


def buscadores(visita: Visita) -> list[str]:
    """Más de un buscador a la vista, o ninguno."""
    vistos = visita.pagina.evaluate(
        """() => [...document.querySelectorAll(
            ".search-button__button, body > *:not(dialog) form.bd-search")]
          .filter((e) => e.checkVisibility() && !e.closest("dialog")).length"""
    )
    en_su_pagina = visita.pagina.url.split("?")[0].endswith("/search.html")
    esperados = 2 if en_su_pagina else 1  # su página tiene además el formulario
    return [] if vistos == esperados else [f"se ven {vistos} buscadores"]


def figuras(visita: Visita) -> list[str]:
    """Figuras interactivas que no se han montado."""
    sin_montar = visita.pagina.evaluate(
        """() => [...document.querySelectorAll(".gradiente-figura")]
          .filter((f) => !f.classList.contains("montada"))
          .map((f) => f.dataset.figura)"""
    )
    return [f"la figura «{nombre}» no se ha montado" for nombre in sin_montar]


def sin_convertir(visita: Visita) -> list[str]:
    """Marcas de Markdown, de MyST o de TeX que han llegado al texto de la página."""
    texto = visita.pagina.evaluate(
        """() => {
          const copia = document.querySelector("article, main")?.cloneNode(true);
          copia?.querySelectorAll("pre, code, .katex, script, style")
            .forEach((n) => n.remove());
          return copia?.textContent ?? "";
        }"""
    )
    return [
        f"sin convertir: «{texto[m.start() :][:60]}»" for m in CRUDO.finditer(texto)
    ]


def paginas(sitio: Path) -> list[str]:
    """Rutas de las páginas del sitio construido, sin la redirección de la raíz."""
    return sorted(
        ruta.relative_to(sitio).as_posix()
        for ruta in sitio.rglob("*.html")
        if "_static" not in ruta.parts and ruta != sitio / "index.html"
    )
