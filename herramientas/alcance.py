"""Qué cuadernos entran en un carril caro cuando el libro ya no cabe entero en él.

Mientras haya pocos, van todos. Pasado el cupo, van los que han cambiado en el último
día y, además, la séptima parte que toca hoy: en una semana pasan todos. La ejecución
semanal no usa cupo.
"""

from __future__ import annotations

import subprocess
import zlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from herramientas.fuentes import RAIZ, relativa

RECIENTE = "1 day ago"
TURNOS = 7


def cambiados(raiz: Path = RAIZ) -> set[str]:
    """Rutas (relativas) tocadas por los cambios recientes o aún sin guardar en git."""
    ordenes = (
        ["log", f"--since={RECIENTE}", "--name-only", "--pretty=format:"],
        ["diff", "--name-only", "HEAD"],
        ["ls-files", "--others", "--exclude-standard"],
    )
    tocados: set[str] = set()
    for orden in ordenes:
        hecho = subprocess.run(
            ["git", "-c", "core.quotePath=false", *orden],
            cwd=raiz,
            capture_output=True,
            text=True,
            check=True,
        )
        tocados.update(filter(None, hecho.stdout.splitlines()))
    return tocados


def turno(nombre: str) -> int:
    """Día de la semana, de 0 a 6, que le toca a un cuaderno; no cambia nunca."""
    return zlib.crc32(nombre.encode()) % TURNOS


def elegir(
    rutas: Iterable[Path],
    cupo: int | None,
    raiz: Path = RAIZ,
    hoy: date | None = None,
) -> list[Path]:
    """Las rutas que se ejecutan hoy, en el mismo orden.

    `cupo`: cuántas caben (`None`, todas). Si no caben, quedan las que cambiaron hace
    poco (la fuente o el cuaderno) y las del turno de `hoy`.
    """
    todas = list(rutas)
    if cupo is None or len(todas) <= cupo:
        return todas
    dia = (hoy or date.today()).weekday()
    recientes = {Path(r).with_suffix("") for r in cambiados(raiz)}
    elegidas = []
    for ruta in todas:
        nombre = relativa(ruta, raiz)
        bases = {Path(nombre).with_suffix(""), Path(nombre.split(".")[0])}
        if bases & recientes or turno(nombre) == dia:
            elegidas.append(ruta)
    print(
        f"Hoy se ejecutan {len(elegidas)} de {len(todas)}: lo que cambió hace poco y "
        "la séptima parte que toca; el resto, en la ejecución semanal."
    )
    return elegidas
