"""Qué cuadernos entran en un carril caro cuando el libro ya no cabe entero en él.

Mientras haya pocos, van todos. Pasado el cupo, van aquellos cuya ejecución ha cambiado
en el último día y, además, la séptima parte que toca hoy: en una semana pasan todos.
Quien solo retoca la prosa no cambia la huella de ejecución, y con la misma huella salen
las mismas salidas. La ejecución semanal no usa cupo.
"""

from __future__ import annotations

import json
import subprocess
import zlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from herramientas.fuentes import RAIZ, cuadernos_de, relativa

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
        tocados.update(filter(None, _git(raiz, *orden).splitlines()))
    return tocados


def _git(raiz: Path, *orden: str) -> str:
    return subprocess.run(
        ["git", "-c", "core.quotePath=false", *orden],
        cwd=raiz,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def _huella(texto: str) -> str | None:
    """La huella que lleva un cuaderno guardado; None si no lleva."""
    return json.loads(texto)["metadata"].get("gradiente", {}).get("huella")


def de_hace_un_dia(raiz: Path = RAIZ) -> str:
    """La última confirmación con más de un día; vacía si no la hay."""
    return _git(raiz, "rev-list", "-1", f"--before={RECIENTE}", "HEAD").strip()


def misma_ejecucion(ruta: Path, base: str, raiz: Path = RAIZ) -> bool:
    """Si los cuadernos de `ruta` tenían en `base` la huella que tienen hoy.

    Los del alumno no cuentan: no llevan huella y salen de la solución.
    """
    if not base:
        return False  # «git show :archivo» enseñaría el de ahora, que siempre es igual
    cuadernos = [ruta] if ruta.suffix == ".ipynb" else cuadernos_de(ruta, raiz)
    parejas = []
    for cuaderno in cuadernos:
        nombre = relativa(cuaderno, raiz)
        if nombre.startswith("labs/"):
            continue
        try:
            antes = _git(raiz, "show", f"{base}:{nombre}")
        except subprocess.CalledProcessError:
            return False  # entonces no existía
        parejas.append((_huella(antes), _huella(cuaderno.read_text(encoding="utf-8"))))
    return bool(parejas) and all(a == b is not None for a, b in parejas)


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

    `cupo`: cuántas caben (`None`, todas). Si no caben, quedan las que se ejecutan de
    otro modo desde hace poco y las del turno de `hoy`.
    """
    todas = list(rutas)
    if cupo is None or len(todas) <= cupo:
        return todas
    dia = (hoy or date.today()).weekday()
    recientes = {Path(r).with_suffix("") for r in cambiados(raiz)}
    base = de_hace_un_dia(raiz)
    elegidas = []
    for ruta in todas:
        nombre = relativa(ruta, raiz)
        bases = {Path(nombre).with_suffix(""), Path(nombre.split(".")[0])}
        reciente = bases & recientes and not misma_ejecucion(ruta, base, raiz)
        if reciente or turno(nombre) == dia:
            elegidas.append(ruta)
    print(
        f"Hoy se ejecutan {len(elegidas)} de {len(todas)}: lo que cambió hace poco y "
        "la séptima parte que toca; el resto, en la ejecución semanal."
    )
    return elegidas
