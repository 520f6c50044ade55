"""Reglas F: toda imagen tiene una descripción, y toda columna de tabla, un título."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from herramientas.reglas import Nota, regla
from herramientas.reglas.contexto import Generado, Pagina

MINIMO = 20
_ARCHIVO = re.compile(r"\.(png|svg|jpe?g|gif|webp|pdf)\b|^[\w-]+$", re.IGNORECASE)
_ESPANOL = re.compile(
    r"\b(de|del|la|el|los|las|un|una|con|que|en|y|por|al|para|sobre|entre|frente)\b",
    re.IGNORECASE,
)


def defecto(descripcion: str) -> str | None:
    """Qué le falta a la descripción de una imagen, o None si sirve."""
    texto = " ".join(descripcion.split())
    if not texto:
        return "no tiene descripción"
    if _ARCHIVO.search(texto):
        return f"la descripción «{texto}» es un nombre de archivo"
    if len(texto) < MINIMO or len(texto.split()) < 4:
        return f"la descripción «{texto}» no dice qué se ve (mínimo {MINIMO} letras)"
    if not _ESPANOL.search(texto):
        return f"la descripción «{texto[:40]}…» no parece español"
    return None


_ALTERNATIVA = re.compile(r'<p class="gradiente-figura-alternativa">(.*?)</p>', re.S)


def _figura_descrita(celda) -> bool:
    """Las figuras interactivas llevan su descripción en el propio HTML."""
    for salida in celda.get("outputs", []):
        html = "".join(salida.get("data", {}).get("text/html", ""))
        alternativa = _ALTERNATIVA.search(html)
        if alternativa and defecto(alternativa[1]) is None:
            return True
    return False


@regla(
    "F01",
    "salidas",
    "Figura de una celda sin descripción",
    "Quien no ve la imagen lee la descripción: «mystnb: {image: {alt: …}}» dice en "
    "español qué muestra, no cómo se llama el archivo.",
)
def figura_sin_descripcion(generado: Generado) -> Iterator[Nota]:
    for celda in generado.imagenes():
        if _figura_descrita(celda):
            continue
        fuente = generado.fuente_de(celda)
        metadatos = fuente.metadatos if fuente else celda.metadata
        imagen = (metadatos.get("mystnb") or {}).get("image") or {}
        if problema := defecto(str(imagen.get("alt") or "")):
            yield generado.nota(celda, f"{problema}: escribe mystnb.image.alt")


@regla(
    "F02",
    "pagina",
    "Imagen del texto sin descripción",
    "Como en las figuras de las celdas: `![descripción](ruta)`, o «:alt:» en {figure} "
    "y {image}, en español.",
)
def imagen_sin_descripcion(pagina: Pagina) -> Iterator[Nota]:
    for imagen in pagina.documento.imagenes:
        if problema := defecto(imagen.descripcion):
            yield Nota(f"{problema}: {Path(imagen.ruta).name}", imagen.linea)


@regla(
    "F03",
    "pagina",
    "Columna de tabla sin título",
    "Quien oye la tabla con un lector de pantalla solo sabe qué es cada celda por el "
    "título de su columna.",
)
def columna_sin_titulo(pagina: Pagina) -> Iterator[Nota]:
    for linea in dict.fromkeys(pagina.documento.columnas_sin_titulo):
        yield Nota("la tabla tiene una columna sin título", linea)
