"""Matemáticas escritas con KaTeX durante la construcción.

La página llega con las fórmulas ya compuestas (HTML y MathML): no se mueven al cargar,
se leen sin JavaScript y no piden nada a nadie. KaTeX corre en V8 dentro de Python
(``mini-racer``), así que construir el libro no necesita Node.
"""

from __future__ import annotations

import json
import re
import threading
from functools import cache, lru_cache
from pathlib import Path

from docutils import nodes
from py_mini_racer import MiniRacer
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

AVISO = logging.getLogger(__name__)
KATEX = Path(__file__).parent / "katex" / "katex.min.js"
# Un error no para KaTeX: vuelve como dato, y quien llama dice dónde está la fórmula.
COMPONER = """
function componer(tex, aparte) {
  try {
    const html = katex.renderToString(tex, {
      displayMode: aparte, output: "htmlAndMathml", throwOnError: true,
      strict: (codigo) => codigo === "newLineInDisplayMode" ? "ignore" : "error",
    });
    return JSON.stringify({ html });
  } catch (error) {
    return JSON.stringify({ error: String(error.message || error) });
  }
}
"""
# Qué letra usa cada clase de KaTeX. Las de la página se piden a la vez que ella, para
# que al llegar no muevan nada.
LETRAS = {
    "katex": "KaTeX_Main-Regular",
    "mathnormal": "KaTeX_Math-Italic",
    "mathbf": "KaTeX_Main-Bold",
    "boldsymbol": "KaTeX_Math-BoldItalic",
    "mathbb": "KaTeX_AMS-Regular",
    "amsrm": "KaTeX_AMS-Regular",
    "mathcal": "KaTeX_Caligraphic-Regular",
    "mathit": "KaTeX_Main-Italic",
    "mathtt": "KaTeX_Typewriter-Regular",
    "small-op": "KaTeX_Size1-Regular",
    "large-op": "KaTeX_Size2-Regular",
    "size1": "KaTeX_Size1-Regular",
    "size2": "KaTeX_Size2-Regular",
    "size3": "KaTeX_Size3-Regular",
    "size4": "KaTeX_Size4-Regular",
    "delim-size1": "KaTeX_Size1-Regular",
    "delim-size4": "KaTeX_Size4-Regular",
}
_CLASES = re.compile(r'class="([^"]*)"')
# Signos que no se separan de la fórmula que los precede o los sigue.
_ABREN = re.compile(r"[(\[«“¿¡—]+$")
_CIERRAN = re.compile(r"^[)\]»”.,;:?!…—]+")
_CORTA = 30
# Hasta este largo, tampoco se parte por dentro: «3 × 3», «2 + 4 = 6».
_MUY_CORTA = 20
_CANDADO = threading.Lock()


class ErrorFormula(ValueError):
    """KaTeX no entiende una fórmula."""


@lru_cache(maxsize=1)
def _motor() -> MiniRacer:
    """Arranca V8 con KaTeX, una vez por proceso y solo si hay fórmulas."""
    motor = MiniRacer()
    motor.eval(KATEX.read_text(encoding="utf-8"))
    motor.eval(COMPONER)
    return motor


@cache
def componer(tex: str, aparte: bool = False) -> str:
    """Devuelve el HTML de una fórmula.

    Args:
        tex: código LaTeX, sin los dólares.
        aparte: si va en su propio renglón.

    Raises:
        ErrorFormula: si KaTeX no la entiende; el mensaje dice por qué.
    """
    with _CANDADO:
        respuesta = json.loads(_motor().call("componer", tex, aparte))
    if "error" in respuesta:
        raise ErrorFormula(respuesta["error"])
    return respuesta["html"]


def preparar(tex: str) -> str:
    """Ajusta el código de una ecuación aparte a lo que espera KaTeX.

    Los entornos numerados de amsmath pierden su numeración (la pone el libro) y los
    renglones sueltos separados por ``\\\\`` se alinean.
    """
    tex = tex.strip()
    for entorno in ("equation", "align", "gather", "alignat"):
        tex = tex.replace(f"\\begin{{{entorno}}}", f"\\begin{{{entorno}*}}")
        tex = tex.replace(f"\\end{{{entorno}}}", f"\\end{{{entorno}*}}")
    if "\\\\" in tex and "\\begin{" not in tex:
        tex = f"\\begin{{aligned}}{tex}\\end{{aligned}}"
    return tex


def _html(tex: str, aparte: bool, nodo: nodes.Node) -> str:
    try:
        return componer(tex, aparte)
    except ErrorFormula as error:
        AVISO.warning(
            "KaTeX no entiende la fórmula «%s»: %s",
            tex,
            error,
            location=nodo,
            type="gradiente",
            subtype="formula",
        )
        return f"<code>{nodes.unescape(tex)}</code>"


class PegarSignos(SphinxPostTransform):
    """Une cada fórmula corta a sus signos: el navegador partiría el renglón ahí."""

    default_priority = 850
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Recorre el documento."""
        for formula in list(self.document.findall(nodes.math)):
            if len(formula.astext()) <= _CORTA:
                self.pegar(formula)

    def pegar(self, formula: nodes.math) -> None:
        """Mete la fórmula y sus signos en un trozo que no se parte."""
        padre, lugar = formula.parent, formula.parent.index(formula)
        grupo: list[nodes.Node] = [formula]
        for vecino, signos, delante in (
            (lugar + 1, _CIERRAN, False),
            (lugar - 1, _ABREN, True),
        ):
            texto = padre[vecino] if 0 <= vecino < len(padre) else None
            hallado = isinstance(texto, nodes.Text) and signos.search(texto)
            if hallado:
                grupo.insert(0 if delante else 2, nodes.Text(hallado[0]))
                padre[vecino] = nodes.Text(signos.sub("", texto))
        if len(grupo) > 1:
            padre[lugar] = nodes.inline("", "", *grupo, classes=["sin-partir"])


def _en_tabla(nodo: nodes.Node) -> bool:
    while nodo.parent is not None:
        nodo = nodo.parent
        if isinstance(nodo, nodes.entry):
            return True
    return False


def escribir_en_linea(self: HTML5Translator, nodo: nodes.math) -> None:
    """Escribe una fórmula dentro del texto; la muy corta, sin partirla.

    En las tablas sí se parte: las columnas son estrechas.
    """
    html = _html(nodo.astext(), False, nodo)
    trozos = html.count('class="katex-base"')  # el navegador corta entre uno y otro
    if trozos > 1 and len(nodo.astext()) <= _MUY_CORTA and not _en_tabla(nodo):
        html = f'<span class="sin-partir">{html}</span>'
    self.body.append(html)
    raise nodes.SkipNode


def escribir_aparte(self: HTML5Translator, nodo: nodes.math_block) -> None:
    """Escribe una ecuación en su renglón, con su número si lo tiene."""
    cuerpo = _html(preparar(nodo.astext()), True, nodo)
    self.body.append(self.starttag(nodo, "div", "", CLASS="formula"))
    self.body.append(f'<div class="formula-cuerpo">{cuerpo}</div>')
    if nodo.get("number") is not None:
        numero = get_node_equation_number(self, nodo)
        self.body.append(f'<div class="formula-numero">({numero})')
        self.add_permalink_ref(nodo, _("Link to this equation"))
        self.body.append("</div>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def _hoja_de_estilo(app, pagina, plantilla, contexto, documento) -> None:
    if app.builder.format != "html" or documento is None:
        return
    if next(
        documento.findall(lambda n: isinstance(n, nodes.math | nodes.math_block)), None
    ):
        app.add_css_file("katex/katex.min.css", priority=300)
        clases = set(" ".join(_CLASES.findall(contexto["body"])).split())
        contexto["letras"] = sorted({LETRAS[c] for c in clases & LETRAS.keys()})


def setup(app: Sphinx) -> None:
    """Añade el compositor de fórmulas; ``html_math_renderer: katex`` lo elige."""
    app.add_html_math_renderer(
        "katex", (escribir_en_linea, None), (escribir_aparte, None)
    )
    app.add_post_transform(PegarSignos)
    app.connect("html-page-context", _hoja_de_estilo)
