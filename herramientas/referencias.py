"""Las obras de `book/referencias.bib`, escritas en español para un cuaderno."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from herramientas import RAIZ

RUTA = "book/referencias.bib"


def bibliografia(raiz: Path = RAIZ) -> Mapping[str, Any]:
    """Entradas de la bibliografía por su clave (ninguna si no hay archivo)."""
    ruta = Path(raiz) / RUTA
    return _leer(ruta, ruta.stat().st_mtime_ns) if ruta.exists() else {}


@lru_cache(maxsize=4)
def _leer(ruta: Path, _momento: int) -> Mapping[str, Any]:
    from pybtex.database import parse_file  # tarda, y muchas páginas no citan

    return parse_file(str(ruta), "bibtex").entries


def lista(claves: Iterable[str], raiz: Path = RAIZ) -> list[str]:
    """Las referencias completas de unas obras, por orden alfabético."""
    entradas = bibliografia(raiz)
    obras = [obra(entradas[clave]) for clave in claves]
    return sorted(obras, key=lambda o: unicodedata.normalize("NFKD", o).casefold())


def firma(entrada: Any) -> tuple[str, str]:
    """Apellidos y año con que se cita una obra: `("King y Zeng", "2001")`."""
    apellidos = [apellido for apellido, _ in _nombres(entrada)]
    if len(apellidos) > 2:
        apellidos = [f"{apellidos[0]} *et al.*"]
    return " y ".join(apellidos), _campo(entrada, "year")


def obra(entrada: Any) -> str:
    """La referencia completa de una obra, en Markdown y en un renglón."""
    nombres = "; ".join(", ".join(filter(None, par)) for par in _nombres(entrada))
    donde = _campo(entrada, "journal") or _campo(entrada, "booktitle")
    titulo = _campo(entrada, "title")
    titulo = f"«{titulo}». *{donde}*" if donde else f"*{titulo}*"
    editor = ("institution", "publisher", "howpublished")
    datos = [_campo(entrada, nombre) for nombre in editor]
    volumen, numero = _campo(entrada, "volume"), _campo(entrada, "number")
    paginas = _campo(entrada, "pages")
    datos += [volumen + (f"({numero})" if volumen and numero else numero)]
    datos += [f"págs. {paginas}" if "–" in paginas else paginas]
    doi = entrada.fields.get("doi")
    enlace = f"https://doi.org/{doi}" if doi else entrada.fields.get("url", "")
    cabeza = f"{nombres} ({_campo(entrada, 'year')}). {titulo}"
    cola = f"<{enlace}>" if enlace else ""
    separador = ", " if donde else ". "
    cuerpo = separador.join([cabeza, ", ".join(filter(None, datos))]).strip(", ")
    return f"{cuerpo.rstrip('.')}. {cola}".strip()


def _nombres(entrada: Any) -> list[tuple[str, str]]:
    """Apellidos y nombre de cada autor; si no hay, de cada editor."""
    personas = entrada.persons.get("author") or entrada.persons.get("editor") or []
    return [
        (
            _limpio(" ".join(p.prelast_names + p.last_names)),
            _limpio(" ".join(p.first_names + p.middle_names)),
        )
        for p in personas
    ]


def _campo(entrada: Any, nombre: str) -> str:
    return _limpio(entrada.fields.get(nombre, ""))


def _limpio(campo: str) -> str:
    """Texto de un campo de BibTeX, sin llaves ni órdenes de LaTeX."""
    from pybtex.richtext import Text

    return str(Text.from_latex(campo))
