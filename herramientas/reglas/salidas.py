"""Reglas S: las salidas guardadas valen en cualquier máquina y en cualquier fecha."""

from __future__ import annotations

import re
from collections.abc import Iterator

from herramientas.reglas import Nota, regla
from herramientas.reglas.contexto import Generado

MAXIMO_COLUMNAS = 100
_DIRECCION = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")
_ANSI = re.compile(r"\x1b[\[\]()#;?]|\x9b")
RUTA_ABSOLUTA = re.compile(
    r"(?<![\w.:/~-])/(?:home|Users|root|tmp|usr|opt|var|mnt|content|etc|private)/\S*"
    r"|\b[A-Z]:\\\w|site-packages|\bfile://"
)
_BARRA = re.compile(r"\r(?!\n)|[█▏▎▍▌▋▊▉]|━━|\d+%\s*\||\b\d+/\d+\s*\[[=>.\s]*\]|it/s\b")
_TIEMPO = re.compile(
    r"\b(?:s|ms|us|µs)/(?:it|step|epoch|batch|paso|lote|época)\b|\bWall time\b"
    r"|\bCPU times\b|\bper loop\b|\bETA\b"
    r"|\b\d+(?:[.,]\d+)?\s*(?:ns|µs|us|ms|segundos?|seconds?|secs?)\b"
    r"|\b\d+[.,]\d+\s*s\b|\b\d{1,2}:\d{2}:\d{2}\b"
)


def _que_contienen(
    generado: Generado, patron: re.Pattern, mensaje: str
) -> Iterator[Nota]:
    for celda, texto in generado.textos():
        if hallado := patron.search(texto):
            yield generado.nota(celda, f"{mensaje}: {hallado[0].strip()[:60]!r}")


@regla(
    "S01",
    "salidas",
    "Dirección de memoria",
    "`<objeto en 0x7f…>` cambia en cada ejecución: nbval la rechazaría siempre.",
)
def direcciones(generado: Generado) -> Iterator[Nota]:
    yield from _que_contienen(generado, _DIRECCION, "dirección de memoria en la salida")


@regla(
    "S02",
    "salidas",
    "Códigos de color ANSI",
    "Los códigos de terminal se ven como basura fuera de una terminal.",
)
def ansi(generado: Generado) -> Iterator[Nota]:
    yield from _que_contienen(generado, _ANSI, "código ANSI en la salida")


@regla(
    "S03",
    "salidas",
    "Texto en stderr",
    "Lo que va a stderr son avisos: se arregla su causa, no se guarda en el libro.",
)
def stderr(generado: Generado) -> Iterator[Nota]:
    for celda in generado.cuaderno.cells:
        for salida in celda.get("outputs", []):
            if salida.output_type == "stream" and salida.name == "stderr":
                primera = "".join(salida.text).strip().split("\n")[0]
                yield generado.nota(celda, f"stderr: {primera[:60]!r}")


@regla(
    "S04",
    "salidas",
    "Celdas sin ejecutar en orden",
    "Los números de ejecución van de 1 a n: prueban que las salidas vienen de una sola "
    "ejecución, de arriba abajo.",
)
def orden_de_ejecucion(generado: Generado) -> Iterator[Nota]:
    celdas = [c for c in generado.cuaderno.cells if c.cell_type == "code"]
    for esperado, celda in enumerate(celdas, start=1):
        if celda.execution_count != esperado:
            yield generado.nota(
                celda, f"execution_count es {celda.execution_count}, no {esperado}"
            )
            return


@regla(
    "S05",
    "salidas",
    "Identificadores de celda repetidos",
    "El id une cada celda con su fuente y con su calificación: es único y estable.",
)
def ids_unicos(generado: Generado) -> Iterator[Nota]:
    vistos: set[str] = set()
    for celda in generado.cuaderno.cells:
        if celda.get("id") in vistos or not celda.get("id"):
            yield generado.nota(celda, f"id repetido o ausente: {celda.get('id')!r}")
        vistos.add(celda.get("id"))


@regla(
    "S06",
    "salidas",
    "Ruta absoluta en la salida",
    "Las rutas de quien ejecutó no existen en la máquina de quien lee.",
)
def rutas_absolutas(generado: Generado) -> Iterator[Nota]:
    yield from _que_contienen(generado, RUTA_ABSOLUTA, "ruta absoluta en la salida")


@regla(
    "S07",
    "salidas",
    f"Línea de salida de más de {MAXIMO_COLUMNAS} columnas",
    "Una línea más larga se sale de la página y del móvil: imprime menos o parte la "
    "línea.",
)
def salidas_anchas(generado: Generado) -> Iterator[Nota]:
    for celda in generado.cuaderno.cells:
        for salida in celda.get("outputs", []):
            texto = salida.get("text") or salida.get("data", {}).get("text/plain", "")
            largas = [
                len(x) for x in "".join(texto).split("\n") if len(x) > MAXIMO_COLUMNAS
            ]
            if largas:
                yield generado.nota(celda, f"línea de {max(largas)} columnas")


@regla(
    "S08",
    "salidas",
    "Estado de widgets guardado",
    "El estado de los widgets engorda el cuaderno, cambia en cada ejecución y la "
    "página no lo usa: las figuras llevan su propio HTML.",
)
def estado_de_widgets(generado: Generado) -> Iterator[Nota]:
    if "widgets" in generado.cuaderno.metadata:
        yield Nota("metadatos «widgets» en el cuaderno", archivo=generado.nombre)


@regla(
    "S09",
    "salidas",
    "Barra de progreso",
    "Una barra de progreso guardada es ruido y cambia con la máquina: quítala o "
    "imprime una línea al final (`verbose=0`, sin tqdm).",
)
def barras(generado: Generado) -> Iterator[Nota]:
    yield from _que_contienen(generado, _BARRA, "barra de progreso en la salida")


@regla(
    "S10",
    "salidas",
    "Tiempo medido",
    "Los tiempos dependen de la máquina y del día: la página compara órdenes de "
    "magnitud o cuenta operaciones. Con «nbval-ignore-output» y motivo se admiten.",
)
def tiempos(generado: Generado) -> Iterator[Nota]:
    for celda, texto in generado.textos():
        if "nbval-ignore-output" in celda.metadata.get("tags", []):
            continue
        if "<" in texto and "style" in texto:
            continue  # HTML de una figura: sus estilos llevan «0.2s»
        if hallado := _TIEMPO.search(texto):
            yield generado.nota(celda, f"tiempo en la salida: {hallado[0]!r}")


@regla(
    "S11",
    "salidas",
    "Error guardado",
    "Una excepción en la página es un fallo, salvo que se quiera enseñar: entonces la "
    "celda lleva «raises-exception» y su motivo.",
)
def errores(generado: Generado) -> Iterator[Nota]:
    for celda in generado.cuaderno.cells:
        for salida in celda.get("outputs", []):
            esperado = "raises-exception" in celda.metadata.get("tags", [])
            if salida.output_type == "error" and not esperado:
                yield generado.nota(celda, f"la celda falla con {salida.ename}")
