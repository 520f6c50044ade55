"""Pestañas de PyTorch, Keras y JAX, y la línea de acuerdo que sigue a cada grupo.

En el cuaderno las celdas son planas: un grupo son celdas de código seguidas con las
etiquetas ``pytorch``, ``keras`` y ``jax``. Aquí cada grupo, con sus salidas, se mete
en unas pestañas de sphinx-design, que se sincronizan y se recuerdan por su cuenta.
Los constructores que no son HTML muestran las versiones una tras otra, rotuladas.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx_design.shared import create_component

AVISO = logging.getLogger(__name__)
ROTULOS = {"pytorch": "PyTorch", "keras": "Keras", "jax": "JAX"}
GRUPO = "marco"
"""Nombre del grupo sincronizado: también el del parámetro ``?marco=jax``."""
USADOS = "gradiente_marcos"
"""Dónde queda apuntado, en los metadatos de la página, qué marcos usa."""
# Qué se lee en la tira que abre una celda plegada.
PLEGADOS = {
    "input": ("Mostrar el código", "Ocultar el código"),
    "output": ("Mostrar la salida", "Ocultar la salida"),
    "input+output": ("Mostrar", "Ocultar"),
    "all": ("Mostrar la celda", "Ocultar la celda"),
}


class grupo_marcos(nodes.container):
    """Las pestañas de un grupo; fuera de HTML, un contenedor corriente."""


class acuerdo(nodes.container):
    """La comprobación de que los marcos coinciden."""


class acuerdo_resumen(nodes.paragraph):
    """Lo que se lee del acuerdo sin abrirlo."""


def etiquetas(nodo: nodes.Node) -> list[str]:
    """Devuelve las etiquetas de una celda de código; de otro nodo, ninguna."""
    if isinstance(nodo, nodes.container) and nodo.get("nb_element") == "cell_code":
        return list(nodo["cell_metadata"].get("tags", []))
    return []


def marco_de(nodo: nodes.Node) -> str | None:
    """Devuelve el marco de una celda, o ``None`` si sirve para los tres."""
    return next((m for m in ROTULOS if m in etiquetas(nodo)), None)


class EnvolverMarcos(SphinxTransform):
    """Convierte grupos de celdas en pestañas y celdas de acuerdo en una línea."""

    # Después de que sphinx-exercise meta las celdas en sus soluciones (prioridad 10).
    default_priority = 420

    def apply(self, **kwargs: object) -> None:
        """Recorre el documento."""
        for celda in list(self.document.findall(nodes.container)):
            if celda.get("hide_mode"):
                textos = PLEGADOS[celda["hide_mode"]]
                celda["prompt_show"], celda["prompt_hide"] = textos
            if "acuerdo" in etiquetas(celda):
                self.plegar_acuerdo(celda)
        for padre in list(self.document.findall(nodes.Element)):
            self.envolver_grupos(padre)

    def envolver_grupos(self, padre: nodes.Element) -> None:
        """Cambia cada tanda de celdas de marco hijas de ``padre`` por pestañas."""
        tanda: list[nodes.container] = []
        for hijo in [*padre.children, None]:
            if hijo is not None and marco_de(hijo):
                tanda.append(hijo)
            elif tanda:
                inicio = padre.index(tanda[0])
                padre[inicio : inicio + len(tanda)] = [self.pestanas(tanda)]
                self.anotar(tanda)
                tanda = []

    def anotar(self, celdas: list[nodes.container]) -> None:
        """Apunta qué marcos usa la página: el menú ofrece un cuaderno de cada uno."""
        datos = self.env.metadata[self.env.docname]
        usados = {*datos.get(USADOS, ()), *(marco_de(celda) for celda in celdas)}
        datos[USADOS] = [marco for marco in ROTULOS if marco in usados]

    def pestanas(self, celdas: list[nodes.container]) -> nodes.container:
        """Devuelve las pestañas de una tanda; un marco repetido comparte pestaña."""
        grupo = grupo_marcos(
            design_component="tab-set",
            is_div=True,
            classes=["sd-tab-set", "marcos"],
        )
        grupo.source, grupo.line = celdas[0].source, celdas[0].line
        contenidos: dict[str, nodes.container] = {}
        for celda in celdas:
            marco = marco_de(celda)
            if marco not in contenidos:
                contenidos[marco] = create_component(
                    "tab-content", classes=["sd-tab-content", f"marco-{marco}"]
                )
            contenidos[marco] += celda
        for marco, contenido in contenidos.items():
            rotulo = nodes.rubric(
                "",
                ROTULOS[marco],
                classes=["sd-tab-label", f"marco-{marco}"],
                sync_group=GRUPO,
                sync_id=marco,
            )
            grupo += create_component(
                "tab-item",
                classes=["sd-tab-item"],
                selected=False,
                children=[rotulo, contenido],
            )
        return grupo

    def plegar_acuerdo(self, celda: nodes.container) -> None:
        """Cambia la celda por una línea que dice su primera salida y se abre."""
        if isinstance(celda.parent, acuerdo):
            return
        texto = primera_linea(celda)
        if not texto:
            AVISO.warning(
                "La celda «acuerdo» no imprime nada: debe acabar con una línea que "
                "diga qué coincide y con qué tolerancia.",
                location=celda,
                type="gradiente",
                subtype="acuerdo",
            )
            texto = "Comprobación de acuerdo"
        padre, posicion = celda.parent, celda.parent.index(celda)
        linea = acuerdo(classes=["acuerdo"])
        linea.source, linea.line = celda.source, celda.line
        resumen = acuerdo_resumen("", texto, classes=["acuerdo-resumen"])
        padre.remove(celda)
        linea += [resumen, celda]
        padre.insert(posicion, linea)


def primera_linea(celda: nodes.container) -> str:
    """Devuelve la primera línea que imprime una celda, o la cadena vacía."""
    for salida in celda.findall(nodes.container):
        if salida.get("nb_element") == "cell_code_output":
            for bloque in salida.findall(nodes.literal_block):
                lineas = bloque.astext().strip().splitlines()
                if lineas:
                    return lineas[0].strip()
    return ""


def _abrir_grupo(self, nodo: grupo_marcos) -> None:
    self.body.append(
        self.starttag(
            nodo,
            "div",
            "",
            role="group",
            **{"aria-label": "Versiones del código por marco"},
        )
    )


def _cerrar_grupo(self, nodo: grupo_marcos) -> None:
    self.body.append("</div>\n")


def _abrir_acuerdo(self, nodo: acuerdo) -> None:
    self.body.append(self.starttag(nodo, "details"))


def _cerrar_acuerdo(self, nodo: acuerdo) -> None:
    self.body.append("</details>\n")


def _abrir_resumen(self, nodo: acuerdo_resumen) -> None:
    self.body.append(self.starttag(nodo, "summary", ""))


def _cerrar_resumen(self, nodo: acuerdo_resumen) -> None:
    self.body.append("</summary>\n")


def setup(app: Sphinx) -> None:
    """Añade la transformación y sus nodos."""
    app.add_transform(EnvolverMarcos)
    app.add_node(grupo_marcos, html=(_abrir_grupo, _cerrar_grupo))
    app.add_node(acuerdo, html=(_abrir_acuerdo, _cerrar_acuerdo))
    app.add_node(acuerdo_resumen, html=(_abrir_resumen, _cerrar_resumen))
