"""Ejecuta un cuaderno en un kernel propio, celda a celda, con límite de tiempo.

Cada cuaderno tiene su kernel (un proceso del intérprete en curso, sin kernelspec
instalado) y su carpeta de configuración desechable. Pase lo que pase, el kernel y sus
hijos mueren al terminar.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import signal
import time
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from herramientas.derivar import LIMITE, Objetivo
from herramientas.entorno import entorno
from herramientas.errores import ErrorEjecucion
from herramientas.fuentes import RAIZ, etiquetas, relativa
from herramientas.normalizar import ANSI, inestables, normalizar


class _EsteInterprete(KernelSpecManager):
    """Un solo kernel: el intérprete en curso, haya lo que haya instalado."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        from ipykernel.kernelspec import get_kernel_dict

        return KernelSpec(**get_kernel_dict())


async def ejecutar_cuaderno(
    objetivo: Objetivo,
    raiz: Path = RAIZ,
    limite: float | None = None,
) -> tuple[NotebookNode, float]:
    """Ejecuta un objetivo; devuelve el cuaderno normalizado y los segundos.

    Lanza `ErrorEjecucion` con la celda y la línea de la fuente si algo falla, se pasa
    de tiempo, escribe en stderr o deja una salida que no se podría validar.
    """
    limite = limite or objetivo.limite or LIMITE
    cuaderno = objetivo.cuaderno
    with entorno(raiz=raiz) as variables:
        km = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=_EsteInterprete(),
            transport="ipc",  # sin puertos: nada que disputarse entre cuadernos
            connection_file=str(Path(variables["IPYTHONDIR"], "kernel.json")),
        )
        cliente = NotebookClient(
            cuaderno,
            km=km,
            timeout=limite,
            record_timing=False,
            store_widget_state=False,
            ipython_hist_file=":memory:",
        )
        cliente.log = logging.Logger("nbclient", logging.CRITICAL + 1)
        inicio = time.monotonic()
        ruido = Path(variables["IPYTHONDIR"], "stderr.txt")
        try:
            with ruido.open("wb") as destino:
                await cliente.async_start_new_kernel(
                    env=variables, cwd=str(objetivo.ruta.parent), stderr=destino
                )
            await cliente.async_start_new_kernel_client()
            for k, celda in enumerate(cuaderno.cells):
                if celda.cell_type == "code":
                    await _ejecutar_celda(cliente, objetivo, k, limite, raiz)
        except DeadKernelError:
            if asyncio.current_task().cancelling():
                raise asyncio.CancelledError from None
            dicho = ruido.read_text(encoding="utf-8", errors="replace").strip()
            raise ErrorEjecucion(
                objetivo.fuente,
                f"el kernel murió al ejecutar la celda (¿falta memoria?)\n"
                f"{_sangrar(dicho[-1000:])} [{relativa(objetivo.ruta, raiz)}]",
                objetivo.lineas[k],
                objetivo.celdas[k],
            ) from None
        finally:
            await _matar(cliente)
    return normalizar(cuaderno, raiz), time.monotonic() - inicio


async def _ejecutar_celda(
    cliente: NotebookClient, objetivo: Objetivo, k: int, limite: float, raiz: Path
) -> None:
    celda = objetivo.cuaderno.cells[k]

    def error(mensaje: str, mas: int = 0) -> ErrorEjecucion:
        linea = objetivo.lineas[k]
        if linea is not None and mas:
            linea = objetivo.inicios[k] + mas - 1
        destino = relativa(objetivo.ruta, raiz)
        return ErrorEjecucion(
            objetivo.fuente, f"{mensaje} [{destino}]", linea, objetivo.celdas[k]
        )

    espera_fallo = "raises-exception" in etiquetas(celda)
    try:
        await cliente.async_execute_cell(celda, k)
    except CellTimeoutError:
        raise error(
            f"la celda pasó de {limite:g} s; acórtala o sube el límite "
            "(--limite, o «limite:» en la cabecera)"
        ) from None
    except CellExecutionError:
        pass  # queda en las salidas de la celda
    fallos = [s for s in celda.outputs if s.output_type == "error"]
    if fallos and not espera_fallo:
        traza = ANSI.sub("", "\n".join(fallos[0].traceback))
        raise error(
            f"{fallos[0].ename}: {ANSI.sub('', fallos[0].evalue)}\n{_sangrar(traza)}",
            _linea_del_fallo(traza, celda.execution_count),
        )
    if espera_fallo and not fallos:
        raise error(
            "la celda lleva «raises-exception» y no ha fallado; quita la etiqueta o "
            "haz que falle"
        )
    ruido = "".join(
        s.text
        for s in celda.outputs
        if s.output_type == "stream" and s.name == "stderr"
    )
    if ruido and not espera_fallo:
        raise error(
            "la celda escribe en stderr; los avisos son errores: corrige su causa\n"
            + _sangrar(ANSI.sub("", ruido).strip())
        )
    if not {"nbval-ignore-output", "nbval-skip"} & set(etiquetas(celda)):
        for motivo in inestables(celda, raiz):
            raise error(f"la salida no se repetiría en otra máquina: {motivo}")


async def _matar(cliente: NotebookClient) -> None:
    """Mata el kernel y a todos sus hijos, sin esperar a que se despidan."""
    km = cliente.km
    if cliente.kc is not None:
        cliente.kc.stop_channels()
    if not km.has_kernel:
        return
    grupo = getattr(km.provisioner, "pgid", None)
    with contextlib.suppress(Exception):
        await km.shutdown_kernel(now=True)
    if grupo and grupo != os.getpgid(0):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(grupo, signal.SIGKILL)


def _linea_del_fallo(traza: str, cuenta: int | None) -> int:
    """Línea de la celda (desde 1) que señala el trazado, o 0 si no la dice."""
    hallado = re.search(rf"Cell In\s?\[{cuenta}\], line (\d+)", traza)
    return int(hallado[1]) if hallado else 0


def _sangrar(bloque: str) -> str:
    return "\n".join(f"    {renglon}" for renglon in bloque.splitlines())
