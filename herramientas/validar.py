"""Repite cada cuaderno guardado y compara sus salidas al pie de la letra (nbval).

Un cuaderno por proceso, en el entorno de referencia; con `--carriles`, en cambio, con
los otros juegos de instrucciones y con dos hilos. Los núcleos llegan con los marcos ya
importados (`herramientas.nucleo`) y comparten lo que JAX compila; con `--en-frio`, cada
uno importa y compila lo suyo. Los labs necesitan datos reales: si no los hay, se dice y
cuentan como saltados; con `CI=true`, saltar es fallar.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path

from herramientas import alcance, entorno, fuentes, nucleo, tiempos

BORRAR = Path(__file__).with_name("nbval.cfg")
LIMITE_CELDA = 300  # segundos; los labs entrenan de verdad


def cuadernos(raiz: Path) -> tuple[list[Path], list[Path]]:
    """Los .ipynb ejecutados del repositorio: (secciones, soluciones de labs)."""
    todos = [
        destino
        for fuente in fuentes.fuentes(raiz)
        for destino in fuentes.cuadernos_de(fuente)
        if "labs" not in destino.relative_to(raiz).parts
    ]
    labs = [c for c in todos if c.relative_to(raiz).parts[0] == "solutions"]
    return [c for c in todos if c not in labs], labs


def faltan_datos() -> str:
    """Por qué no hay datos reales para los labs; "" si los hay."""
    from gradiente import datos

    try:
        datos.mnist()
    except datos.DatosNoDisponibles as error:
        return str(error)
    return ""


def tiempos_de(informe: Path) -> dict[str, float]:
    """Segundos por cuaderno según el informe JUnit de pytest, sin el arranque."""
    suma: dict[str, float] = {}
    for caso in ET.parse(informe).iter("testcase"):
        # nbval llama a cada celda «<ruta>::Cell k»; aquí, la ruta con puntos
        nombre = caso.get("file") or caso.get("classname", "")
        suma[nombre] = suma.get(nombre, 0.0) + float(caso.get("time", 0))
    return suma


def guardar_tiempos(informe: Path, rutas: list[Path], raiz: Path) -> None:
    """Anota en `_build/tiempos.json` lo que tardó cada cuaderno (no se versiona)."""
    medidos = tiempos_de(informe)
    nuevos = {}
    for ruta in rutas:
        relativa = ruta.relative_to(raiz).as_posix()
        claves = {relativa, relativa.replace("/", "."), relativa[:-6].replace("/", ".")}
        hallados = [medidos[c] for c in claves if c in medidos]
        if hallados:
            nuevos[relativa] = sum(hallados)
    tiempos.anotar(raiz, nuevos)


def validar(
    rutas: list[Path], carril: str | None, procesos: int, en_frio: bool = False
) -> int:
    """Pasa nbval a `rutas` en ese carril; devuelve el código de pytest."""
    with contextlib.ExitStack() as pila:
        carpeta = pila.enter_context(tempfile.TemporaryDirectory())
        variables = pila.enter_context(entorno.entorno(carril))
        if en_frio:
            con_nucleo = "--nbval-current-env"
        else:
            variables |= entorno.guardar_compilado(Path(carpeta) / "jax")
            variables = pila.enter_context(nucleo.semillero(variables))
            con_nucleo = f"--nbval-kernel-name={nucleo.NOMBRE}"
        informe = Path(carpeta) / "informe.xml"
        orden = [
            sys.executable,
            "-m",
            "pytest",
            "--nbval",
            con_nucleo,
            f"--nbval-sanitize-with={BORRAR}",
            f"--nbval-cell-timeout={LIMITE_CELDA}",
            "-q",
            "-p",
            "no:cacheprovider",
            "--override-ini=filterwarnings=default",
            f"--junitxml={informe}",
            *(["-n", str(procesos), "--dist", "loadfile"] if procesos > 1 else []),
            *map(str, rutas),
        ]
        codigo = subprocess.run(
            orden, env=variables, cwd=fuentes.RAIZ, check=False
        ).returncode
        if carril is None and informe.is_file() and codigo == 0:
            guardar_tiempos(informe, rutas, fuentes.RAIZ)
    return codigo


def configurar(analizador: argparse.ArgumentParser) -> None:
    """Añade las opciones de la orden `validar`."""
    analizador.add_argument("rutas", nargs="*", type=Path, help=".ipynb (todos)")
    analizador.add_argument("-j", type=int, default=os.cpu_count(), help="procesos")
    analizador.add_argument(
        "--carriles", action="store_true", help="los otros juegos de instrucciones"
    )
    analizador.add_argument(
        "--en-frio", action="store_true", help="cada núcleo importa los marcos"
    )
    analizador.add_argument(
        "--cupo", type=int, help="si hay más cuadernos, solo lo cambiado y un turno"
    )


def ejecutar(args: argparse.Namespace) -> int:
    """Valida los cuadernos; devuelve 1 si alguno cambia o, en CI, si algo se salta."""
    secciones, labs = cuadernos(fuentes.RAIZ)
    saltado = ""
    if args.rutas:
        secciones, labs = [ruta.resolve() for ruta in args.rutas], []
    elif labs:
        saltado = faltan_datos()
        if saltado:
            print(
                f"\n{'!' * 78}\nSALTADOS {len(labs)} cuadernos de labs: no hay datos "
                f"reales.\n{saltado}\n{'!' * 78}\n",
                file=sys.stderr,
            )
            labs = []
    pendientes = alcance.elegir(labs + secciones, args.cupo)
    malos = []
    for carril in entorno.CARRILES if args.carriles else (None,):
        nombre = carril or "de referencia"
        inicio = time.monotonic()
        print(f"--- nbval, entorno {nombre}", flush=True)
        # los labs, más lentos, primero: el último proceso no se queda solo
        # con dos hilos por cuaderno y un cuaderno por núcleo, se estorban
        hilos = int(entorno.CARRILES.get(carril, {}).get("OMP_NUM_THREADS", 1))
        procesos = max(1, args.j // hilos)
        if validar(pendientes, carril, procesos, args.en_frio):
            malos.append(nombre)
        print(f"--- entorno {nombre}: {time.monotonic() - inicio:.0f} s", flush=True)
    if malos:
        print(f"Salidas que no se repiten en: {', '.join(malos)}", file=sys.stderr)
    if saltado and os.environ.get("CI"):
        print("En CI, saltar los labs es un fallo.", file=sys.stderr)
        return 1
    return int(bool(malos))
