"""El menú «Colab y descarga» de cada página con celdas, y la directiva ``{lab}``.

Los cuadernos descargables están en ``cuadernos/`` dentro del sitio, y Colab los abre
desde la rama publicada. Las direcciones salen de ``repository`` en ``_config.yml``.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from .marcos import ROTULOS, USADOS

CARPETA = "cuadernos"
RAMA = "gh-pages"
COLAB = "https://colab.research.google.com/github"


def direccion_colab(repositorio: str, ruta: str) -> str:
    """Devuelve la dirección que abre en Colab un archivo de la rama publicada.

    Args:
        repositorio: dirección del repositorio en GitHub.
        ruta: ruta del cuaderno dentro del sitio.
    """
    dueno_y_nombre = "/".join(repositorio.rstrip("/").split("/")[-2:])
    return f"{COLAB}/{dueno_y_nombre}/blob/{RAMA}/{ruta}"


def ruta_cuaderno(pagina: str, marco: str = "") -> str:
    """Devuelve dónde está, dentro del sitio, el cuaderno de una página."""
    sin_raiz = pagina.removeprefix("book/")
    return f"{CARPETA}/{sin_raiz}{'.' if marco else ''}{marco}.ipynb"


def _repositorio(app: Sphinx) -> str:
    return app.config.html_theme_options.get("repository_url", "")


def menu(app, pagina, plantilla, contexto, documento) -> None:
    """Deja en el contexto de la plantilla los cuadernos que ofrece la página."""
    contexto["cuadernos"] = []
    if documento is None or not app.env.doc2path(pagina).endswith(".ipynb"):
        return
    marcos = app.env.metadata[pagina].get(USADOS, [])
    for marco in ["", *marcos]:
        ruta = ruta_cuaderno(pagina, marco)
        contexto["cuadernos"].append(
            {
                "rotulo": f"Solo {ROTULOS[marco]}" if marco else "Cuaderno completo",
                "colab": direccion_colab(_repositorio(app), ruta),
                "descarga": relative_uri(app.builder.get_target_uri(pagina), ruta),
            }
        )


class enlace_local(nodes.reference):
    """Un enlace a un archivo del sitio que Sphinx no conoce."""


class Lab(SphinxDirective):
    """Tarjetas de un laboratorio: ``{lab} 01-mnist-softmax``, una por marco."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Devuelve las tarjetas; avisa si falta el cuaderno de algún marco."""
        nombre = self.arguments[0]
        lista = nodes.bullet_list(classes=["lab"])
        for marco, rotulo in ROTULOS.items():
            archivo = f"{nombre}.{marco}.ipynb"
            if not (Path(self.env.srcdir) / "labs" / archivo).exists():
                raise self.error(
                    f"No existe labs/{archivo}: genera el laboratorio con "
                    "`make cuadernos` o corrige su nombre."
                )
            ruta = f"{CARPETA}/labs/{archivo}"
            colab = direccion_colab(_repositorio(self.env.app), ruta)
            tarjeta = nodes.list_item(classes=[f"marco-{marco}"])
            tarjeta += nodes.paragraph("", rotulo, classes=["lab-marco"])
            enlaces = nodes.paragraph(classes=["lab-enlaces"])
            enlaces += nodes.reference(
                "", f"Abrir {rotulo} en Colab", refuri=colab, classes=["lab-colab"]
            )
            enlaces += nodes.Text(" ")
            enlaces += enlace_local(
                "", f"Descargar {rotulo}", ruta=ruta, classes=["lab-descarga"]
            )
            tarjeta += enlaces
            lista += tarjeta
        self.set_source_info(lista)
        return [lista]


def _abrir_enlace(self, nodo: enlace_local) -> None:
    pagina = self.builder.get_target_uri(self.builder.current_docname)
    destino = relative_uri(pagina, nodo["ruta"])
    self.body.append(self.starttag(nodo, "a", "", href=destino, download=""))


def _cerrar_enlace(self, nodo: enlace_local) -> None:
    self.body.append("</a>")


def _solo_texto(self, nodo: enlace_local) -> None:
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Añade el menú y la directiva."""
    app.add_directive("lab", Lab)
    app.add_node(
        enlace_local,
        html=(_abrir_enlace, _cerrar_enlace),
        latex=(_solo_texto, None),
        text=(_solo_texto, None),
        man=(_solo_texto, None),
        texinfo=(_solo_texto, None),
    )
    app.connect("html-page-context", menu)
