"""Reglas X: qué trae toda sección de las partes numeradas (01 en adelante)."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator

from herramientas.reglas import Nota, regla
from herramientas.reglas.contexto import Pagina
from herramientas.reglas.marcos import grupos

PALABRAS = (1000, 2500)
CELDAS = (8, 25)


def _es_seccion(pagina: Pagina) -> bool:
    return pagina.es_seccion and bool(pagina.parte)


def _titulo(pagina: Pagina, texto: str) -> bool:
    return any(texto in t.texto.lower() for t in pagina.documento.titulos)


@regla(
    "X01",
    "cuaderno",
    "Sección sin «Autoevaluación»",
    "Cada sección acaba con preguntas de respuesta explicada, que se contestan sin "
    "ejecutar nada.",
)
def autoevaluacion(pagina: Pagina) -> Iterator[Nota]:
    if _es_seccion(pagina) and not _titulo(pagina, "autoevaluación"):
        yield Nota("no hay ningún título «Autoevaluación»", 1)


@regla(
    "X02",
    "cuaderno",
    "Sección sin «Error frecuente»",
    "Cada sección enseña dónde se equivoca la gente, en un recuadro «Error "
    "frecuente», y lo muestra ocurriendo.",
)
def error_frecuente(pagina: Pagina) -> Iterator[Nota]:
    if _es_seccion(pagina) and not any(
        "error frecuente" in d.argumento.lower() for d in pagina.documento.directivas
    ):
        yield Nota("no hay ningún recuadro «Error frecuente»", 1)


@regla(
    "X03",
    "cuaderno",
    "Sección sin «Para saber más»",
    "Cada sección remite a las obras originales, con citas que existen.",
)
def para_saber_mas(pagina: Pagina) -> Iterator[Nota]:
    if not _es_seccion(pagina):
        return
    if not _titulo(pagina, "para saber más"):
        yield Nota("no hay ningún título «Para saber más»", 1)
    elif not any(r.nombre.startswith("cite") for r in pagina.documento.roles):
        yield Nota("la sección no cita ninguna obra con {cite}", 1)


@regla(
    "X04",
    "cuaderno",
    "Ejercicio sin etiqueta, dificultad o solución",
    "Un ejercicio sin solución no se puede comprobar: cada {exercise} tiene «:label:», "
    "dificultad (★ a ★★★) y su {solution}.",
)
def ejercicios(pagina: Pagina) -> Iterator[Nota]:
    if not _es_seccion(pagina):
        return
    directivas = pagina.documento.directivas
    resueltos = {
        d.argumento for d in directivas if d.nombre in {"solution", "solution-start"}
    }
    propuestos = [d for d in directivas if d.nombre in {"exercise", "exercise-start"}]
    if not propuestos:
        yield Nota("la sección no propone ningún ejercicio", 1)
    for ejercicio in propuestos:
        etiqueta = str(ejercicio.opciones.get("label", ""))
        if not etiqueta:
            yield Nota("el ejercicio no tiene «:label:»", ejercicio.linea)
        elif etiqueta not in resueltos:
            yield Nota(f"el ejercicio «{etiqueta}» no tiene solución", ejercicio.linea)
        if "★" not in ejercicio.argumento + ejercicio.cuerpo:
            yield Nota("el ejercicio no dice su dificultad (★)", ejercicio.linea)


@regla(
    "X05",
    "cuaderno",
    "Sección fuera de medida",
    f"Una sección tiene unas {PALABRAS[0]}-{PALABRAS[1]} palabras y "
    f"{CELDAS[0]}-{CELDAS[1]} celdas de código (un grupo de marcos es una), de "
    "6 líneas de mediana: lo largo se parte en dos.",
    aviso=True,
)
def medida(pagina: Pagina) -> Iterator[Nota]:
    if not _es_seccion(pagina):
        return
    palabras = sum(len(re.findall(r"\w+", t.texto)) for t in pagina.documento.trozos)
    if not PALABRAS[0] <= palabras <= PALABRAS[1]:
        yield Nota(f"{palabras} palabras (se esperan {PALABRAS[0]}-{PALABRAS[1]})", 1)
    celdas = pagina.codigo
    comunes = [c for c in celdas if c.marco is None and "acuerdo" not in c.etiquetas]
    pasos = len(comunes) + len(grupos(pagina))  # un grupo es una celda con pestañas
    if not CELDAS[0] <= pasos <= CELDAS[1]:
        yield Nota(f"{pasos} celdas de código (se esperan {CELDAS[0]}-{CELDAS[1]})", 1)
    visibles = [c.codigo.count("\n") + 1 for c in celdas if not c.plegada]
    if visibles and (mediana := statistics.median(visibles)) > 8:
        yield Nota(f"la mediana de las celdas es de {mediana:.0f} líneas (6)", 1)
