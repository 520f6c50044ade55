"""La directiva ``{estado} pieza``: muestra lo que se midió antes de construir.

Las piezas están en ``_build/estado.json``: por nombre, líneas de Markdown. Lo escribe
``python -m herramientas estado``, que es parte de ``make libro``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ESTADO = Path("_build") / "estado.json"
SIN_MEDIR = (
    "Sin datos: esta copia del sitio se construyó sin `make libro`, que los mide."
)


class Estado(SphinxDirective):
    """``{estado} pieza``: escribe una de las piezas medidas."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Convierte la pieza en nodos; la página se rehace en cada construcción."""
        self.env.note_reread()
        pieza = self.arguments[0]
        lineas = [SIN_MEDIR]
        archivo = Path(self.env.srcdir) / ESTADO
        if archivo.exists():
            medido = json.loads(archivo.read_text(encoding="utf-8"))
            if pieza not in medido:
                raise self.error(
                    f"«{pieza}» no es una pieza del estado; hay {', '.join(medido)}."
                )
            lineas = medido[pieza]
        caja = nodes.container(classes=["estado", f"estado-{pieza}"])
        contenido = StringList(lineas, source=self.get_source_info()[0])
        self.state.nested_parse(contenido, self.content_offset, caja)
        return [caja]


def setup(app: Sphinx) -> dict[str, Any]:
    """Añade la directiva ``{estado}``."""
    app.add_directive("estado", Estado)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
