"""`make cuadernos`: de las fuentes a los cuadernos ejecutados, solo lo que cambió."""

from __future__ import annotations

import argparse
import asyncio
import copy
import os
import signal
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from herramientas import derivar, fuentes, tiempos
from herramientas.derivar import LIMITE, Objetivo
from herramientas.errores import ErrorEjecucion, ErrorFuente, ErrorHerramientas
from herramientas.fuentes import RAIZ, relativa
from herramientas.huella import comprobar_versiones
from herramientas.normalizar import escribir, sellar, sello_valido, texto


@dataclass
class Resultado:
    """Qué pasó con cada cuaderno, por su ruta relativa."""

    ejecutados: list[str] = field(default_factory=list)
    refrescados: list[str] = field(default_factory=list)
    intactos: list[str] = field(default_factory=list)
    errores: list[Exception] = field(default_factory=list)


def generar(
    solo: Iterable[str] = (),
    forzar: bool = False,
    procesos: int | None = None,
    limite: float | None = None,
    raiz: Path = RAIZ,
    avance: Avance | None = None,
) -> Resultado:
    """Genera los cuadernos que hagan falta y dice qué hizo.

    Una fuente mala queda en `errores` y no estorba a las demás. `solo` admite rutas de
    fuentes o de sus cuadernos, con extensión o sin ella.
    """
    raiz = Path(raiz)
    resultado = Resultado()
    avance = avance or Avance(silencioso=True)
    pendientes: list[Objetivo] = []
    for ruta in elegir(solo, raiz):
        try:
            hechos = derivar.objetivos(ruta, raiz)
        except ErrorFuente as error:
            resultado.errores.append(error)
            avance.error(error)
            continue
        for objetivo in hechos:
            try:
                _decidir(objetivo, forzar, raiz, resultado, pendientes)
            except ErrorHerramientas as error:
                resultado.errores.append(error)
                avance.error(error)
    if pendientes:
        procesos = procesos or len(os.sched_getaffinity(0))
        try:
            asyncio.run(
                _ejecutar(pendientes, procesos, limite, raiz, resultado, avance)
            )
        except asyncio.CancelledError:  # SIGTERM; SIGINT ya llega como lo siguiente
            raise KeyboardInterrupt from None
    return resultado


def elegir(solo: Iterable[str], raiz: Path = RAIZ) -> list[Path]:
    """Las fuentes que nombra `--solo`, o todas si no nombra ninguna."""
    todas = fuentes.fuentes(raiz)
    solo = list(solo)
    if not solo:
        return todas
    nombres: dict[str, Path] = {}
    for fuente in todas:
        for ruta in (fuente, *fuentes.cuadernos_de(fuente, raiz)):
            rel = relativa(ruta, raiz)
            nombres[rel] = nombres[rel.rpartition(".")[0]] = fuente
    elegidas = []
    for nombre in solo:
        absoluta = Path(nombre) if Path(nombre).is_absolute() else Path.cwd() / nombre
        candidatos = (relativa(nombre, raiz), relativa(absoluta, raiz))
        fuente = next((nombres[c] for c in candidatos if c in nombres), None)
        if fuente is None:
            # Dice por qué: no existe, está fuera de sitio o no tiene celdas.
            con_md = relativa(
                nombre if nombre.endswith(".md") else f"{nombre}.md", raiz
            )
            fuentes.cuadernos_de(con_md, raiz)
            motivo = (
                "no tiene celdas: no hay cuaderno que generar"
                if (raiz / con_md).exists()
                else "no existe esa fuente; se escribe como book/05-parte/seccion.md"
            )
            raise ErrorFuente(con_md, motivo)
        if fuente not in elegidas:
            elegidas.append(fuente)
    return elegidas


def leer_guardado(objetivo: Objetivo, raiz: Path = RAIZ) -> NotebookNode | None:
    """El cuaderno ejecutado que hay en disco, o `None` si falta o no es legible.

    Lanza `ErrorFuente` si alguien lo cambió a mano.
    """
    if not objetivo.ruta.exists():
        return None
    contenido = objetivo.ruta.read_text(encoding="utf-8")
    try:
        guardado = nbformat.reads(contenido, as_version=4)
    except Exception:  # JSON roto, p. ej. por un conflicto de git: se rehace
        return None
    if not sello_valido(contenido):
        raise ErrorFuente(
            relativa(objetivo.ruta, raiz),
            "el cuaderno se ha cambiado a mano; lleva el cambio a "
            f"{objetivo.fuente} y regenera con "
            f"«python -m herramientas cuadernos --forzar --solo {objetivo.fuente}»",
        )
    return guardado


def con_salidas(objetivo: Objetivo, guardado: NotebookNode) -> NotebookNode:
    """Las celdas nuevas del objetivo con las salidas que ya había guardadas."""
    nuevo = copy.deepcopy(objetivo.cuaderno)
    viejas = [celda for celda in guardado.cells if celda.cell_type == "code"]
    nuevas = [celda for celda in nuevo.cells if celda.cell_type == "code"]
    for vieja, nueva in zip(viejas, nuevas, strict=True):
        nueva.outputs = vieja.outputs
        nueva.execution_count = vieja.execution_count
    return nuevo


def _decidir(
    objetivo: Objetivo,
    forzar: bool,
    raiz: Path,
    resultado: Resultado,
    pendientes: list[Objetivo],
) -> None:
    """Deja el objetivo al día sin ejecutar si se puede; si no, lo apunta."""
    rel = relativa(objetivo.ruta, raiz)
    if not objetivo.ejecutar:
        contenido = texto(objetivo.cuaderno)
    else:
        guardado = None if forzar else leer_guardado(objetivo, raiz)
        huella = objetivo.cuaderno.metadata.gradiente.huella
        if (
            guardado is None
            or guardado.metadata.get("gradiente", {}).get("huella") != huella
        ):
            comprobar_versiones(objetivo.cuaderno, raiz)
            pendientes.append(objetivo)
            return
        contenido = sellar(con_salidas(objetivo, guardado))
    if (
        objetivo.ruta.exists()
        and objetivo.ruta.read_text(encoding="utf-8") == contenido
    ):
        resultado.intactos.append(rel)
    else:
        escribir(contenido, objetivo.ruta)
        resultado.refrescados.append(rel)


async def _ejecutar(
    pendientes: list[Objetivo],
    procesos: int,
    limite: float | None,
    raiz: Path,
    resultado: Resultado,
    avance: Avance,
) -> None:
    from herramientas.ejecutar import ejecutar_cuaderno

    turno = asyncio.Semaphore(procesos)
    avance.empezar(len(pendientes))
    tarea = asyncio.current_task()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, tarea.cancel)

    async def uno(objetivo: Objetivo) -> None:
        rel = relativa(objetivo.ruta, raiz)
        async with turno:
            avance.abrir(rel)
            try:
                hecho, segundos = await ejecutar_cuaderno(objetivo, raiz, limite)
                nbformat.validate(hecho)
                escribir(sellar(hecho), objetivo.ruta)
                tiempos.anotar(raiz, {rel: segundos})
                resultado.ejecutados.append(rel)
                avance.cerrar(rel, segundos)
            except Exception as fallo:
                error = fallo
                if not isinstance(fallo, ErrorHerramientas):
                    error = ErrorEjecucion(objetivo.fuente, f"{fallo!r} [{rel}]")
                resultado.errores.append(error)
                avance.cerrar(rel, None)
                avance.error(error)

    try:
        async with asyncio.TaskGroup() as grupo:
            for objetivo in pendientes:
                grupo.create_task(uno(objetivo))
    finally:
        avance.terminar()


class Avance:
    """Lo que se ve en stderr mientras se ejecuta.

    En una terminal, una barra con los cuadernos en curso y el tiempo; si no, una línea
    por cuaderno terminado.
    """

    def __init__(self, silencioso: bool = False) -> None:
        from rich.console import Console

        self.consola = Console(stderr=True, quiet=silencioso, highlight=False)
        self.barra = None
        self.tareas: dict[str, float] = {}

    def empezar(self, total: int) -> None:
        """Anuncia cuántos cuadernos se van a ejecutar."""
        if self.consola.is_terminal and not self.consola.quiet:
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeElapsedColumn,
            )

            self.barra = Progress(
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.description}"),
                console=self.consola,
                transient=True,
            )
            self.tarea = self.barra.add_task("", total=total)
            self.barra.start()

    def abrir(self, rel: str) -> None:
        """Un cuaderno empieza a ejecutarse."""
        self.tareas[rel] = time.monotonic()
        self._describir()

    def cerrar(self, rel: str, segundos: float | None) -> None:
        """Un cuaderno termina; `segundos` es `None` si falló."""
        self.tareas.pop(rel, None)
        if segundos is not None:
            self._decir(f"✓ {rel} ({segundos:.1f} s)")
        if self.barra:
            self.barra.advance(self.tarea)
        self._describir()

    def error(self, error: Exception) -> None:
        """Muestra un error entero."""
        self._decir(f"✗ {error}")

    def terminar(self) -> None:
        """Retira la barra."""
        if self.barra:
            self.barra.stop()

    def _describir(self) -> None:
        if self.barra:
            self.barra.update(self.tarea, description=" · ".join(self.tareas))

    def _decir(self, linea: str) -> None:
        self.consola.print(linea, markup=False, soft_wrap=True)


def configurar(subparser: argparse.ArgumentParser) -> None:
    """Define las opciones de la orden `cuadernos`."""
    subparser.add_argument(
        "--solo", nargs="+", default=[], metavar="RUTA", help="solo estas fuentes"
    )
    subparser.add_argument(
        "--forzar", action="store_true", help="ejecuta aunque nada haya cambiado"
    )
    subparser.add_argument(
        "-j", type=int, dest="procesos", metavar="N", help="cuadernos a la vez"
    )
    subparser.add_argument(
        "--limite",
        type=float,
        metavar="S",
        help=f"segundos por celda ({LIMITE:g} si la cabecera no dice otra cosa)",
    )


def ejecutar(args: argparse.Namespace) -> int:
    """Orden `cuadernos`."""
    inicio = time.monotonic()
    resultado = generar(
        args.solo, args.forzar, args.procesos, args.limite, args.raiz, Avance()
    )
    partes = [
        f"{len(resultado.ejecutados)} ejecutados",
        f"{len(resultado.refrescados)} refrescados sin ejecutar",
        f"{len(resultado.intactos)} sin cambios",
        f"{len(resultado.errores)} con errores",
    ]
    print(
        f"Cuadernos: {', '.join(partes)} ({time.monotonic() - inicio:.1f} s).",
        file=sys.stderr,
    )
    return 1 if resultado.errores else 0
