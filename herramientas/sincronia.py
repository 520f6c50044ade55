"""`make sincronia`: sin ejecutar nada, cada archivo generado viene de su fuente.

Código, prosa, metadatos, identificadores y huella de ejecución se comparan con lo que
hoy saldría de la fuente; las salidas, con el sello que se puso al ejecutarlas. No sobra
ni falta ningún cuaderno.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from herramientas import derivar, fuentes
from herramientas.derivar import Objetivo
from herramientas.errores import ErrorFuente
from herramientas.fuentes import RAIZ, relativa
from herramientas.normalizar import json_canonico, sello_valido, texto

CARPETAS = ("book", "solutions", "labs")


def comprobar(raiz: Path = RAIZ) -> tuple[int, list[ErrorFuente]]:
    """Cuántos cuadernos se han comparado, y qué no cuadra."""
    raiz = Path(raiz)
    errores: list[ErrorFuente] = []
    esperados: dict[Path, str] = {}
    descargas: dict[str, str] = {}
    for ruta in fuentes.fuentes(raiz):
        fuente = relativa(ruta, raiz)
        rutas = fuentes.cuadernos_de(ruta, raiz)
        for destino in derivar.descargas(fuente):
            if destino in descargas:
                errores.append(
                    ErrorFuente(
                        fuente,
                        f"genera cuadernos/{destino}, que ya genera "
                        f"{descargas[destino]}; cambia el nombre de una de las dos",
                    )
                )
            descargas.setdefault(destino, fuente)
        for destino in rutas:
            esperados.setdefault(destino, fuente)
        try:
            for objetivo in derivar.objetivos(ruta, raiz):
                problema = _comparar(objetivo)
                if problema:
                    errores.append(ErrorFuente(relativa(objetivo.ruta, raiz), problema))
        except ErrorFuente as error:
            errores.append(error)
    errores += _fuera_de_sitio(raiz, esperados)
    return len(esperados), errores


def _comparar(objetivo: Objetivo) -> str | None:
    """Qué le pasa a un cuaderno guardado, o `None` si es lo que debe ser."""
    orden = f"make cuadernos SOLO={objetivo.fuente}"
    if not objetivo.ruta.exists():
        return f"falta; se genera con «{orden}»"
    contenido = objetivo.ruta.read_text(encoding="utf-8")
    if not objetivo.ejecutar:
        if contenido != texto(objetivo.cuaderno):
            return f"no es lo que sale de {objetivo.fuente}; regenera con «{orden}»"
        return None
    try:
        guardado = json.loads(contenido)
    except ValueError as error:
        return f"no es JSON válido ({error}; ¿un conflicto de git?); rehazlo: «{orden}»"
    if not sello_valido(contenido):
        return (
            f"se ha cambiado a mano; lleva el cambio a {objetivo.fuente} y regenera "
            f"con «python -m herramientas cuadernos --forzar --solo {objetivo.fuente}»"
        )
    datos = guardado["metadata"].get("gradiente", {})
    if datos.get("huella") != objetivo.cuaderno.metadata.gradiente.huella:
        return (
            "el código, el entorno de referencia o las versiones fijadas han cambiado "
            f"desde que se ejecutó; ejecútalo con «{orden}»"
        )
    if _con_salidas(objetivo, guardado) != contenido:
        return (
            f"la prosa o los metadatos no son los de {objetivo.fuente}; ponlos al día "
            f"con «{orden}» (no ejecuta nada)"
        )
    return None


def _con_salidas(objetivo: Objetivo, guardado: dict) -> str:
    """El JSON que saldría hoy de la fuente con las salidas guardadas."""
    nuevo = json.loads(texto(objetivo.cuaderno))
    viejas = [celda for celda in guardado["cells"] if celda["cell_type"] == "code"]
    nuevas = [celda for celda in nuevo["cells"] if celda["cell_type"] == "code"]
    for vieja, nueva in zip(viejas, nuevas, strict=False):
        nueva["outputs"] = vieja.get("outputs")
        nueva["execution_count"] = vieja.get("execution_count")
    nuevo["metadata"]["gradiente"]["sello"] = guardado["metadata"]["gradiente"]["sello"]
    return json_canonico(nuevo)


def _fuera_de_sitio(raiz: Path, esperados: dict[Path, str]) -> list[ErrorFuente]:
    errores = []
    for carpeta in CARPETAS:
        for ruta in sorted((raiz / carpeta).rglob("*.ipynb")):
            rel = ruta.relative_to(raiz)
            oculta = any(parte.startswith((".", "_")) for parte in rel.parts)
            if ruta not in esperados and not oculta:
                errores.append(
                    ErrorFuente(
                        rel.as_posix(),
                        "sobra: no lo genera ninguna fuente; bórralo, o escribe su .md",
                    )
                )
    for ruta in sorted((raiz / "labs").rglob("*.md")):
        if fuentes.es_fuente(ruta):
            errores.append(
                ErrorFuente(
                    relativa(ruta, raiz),
                    "labs/ solo tiene archivos generados; mueve la fuente a solutions/",
                )
            )
    return errores


def configurar(subparser: argparse.ArgumentParser) -> None:
    """La orden `sincronia` no tiene opciones."""


def ejecutar(args: argparse.Namespace) -> int:
    """Orden `sincronia`."""
    inicio = time.monotonic()
    total, errores = comprobar(args.raiz)
    for error in errores:
        print(f"✗ {error}")
    tiempo = f"({time.monotonic() - inicio:.1f} s)"
    if errores:
        print(f"Sincronía: {len(errores)} problemas en {total} cuadernos {tiempo}.")
        return 1
    print(f"Sincronía: {total} cuadernos vienen de su fuente {tiempo}.")
    return 0
