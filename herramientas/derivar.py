"""Qué sale de cada fuente: cuadernos completos, de un solo marco y de labs.

Nada de esto ejecuta nada. Un `Objetivo` es un cuaderno que debe existir en el
repositorio, con sus celdas ya puestas y sin salidas.
"""

from __future__ import annotations

import argparse
import copy
import re
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import nbformat
from nbformat import NotebookNode

from herramientas import fuentes as _fuentes
from herramientas.errores import ErrorFuente, ErrorHerramientas
from herramientas.fuentes import MARCOS, RAIZ, etiquetas
from herramientas.huella import huella
from herramientas.markdown_plano import Pagina

NOMBRES = {"pytorch": "PyTorch", "keras": "Keras", "jax": "JAX"}
LIMITE = 120.0
#: Lo que encuentra el alumno en la celda de una pregunta abierta.
RESPUESTA = "*Escribe aquí tu respuesta.*"

#: Primera celda de código de todo cuaderno generado. La dirección del paquete se lee de
#: `_config.yml`, así que cambiarla no obliga a ejecutar nada.
PLANTILLA = """\
# Preparación del cuaderno: no es parte de la lección.
import os
import sys
from importlib.util import find_spec

os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
if "google.colab" in sys.modules and find_spec("gradiente") is None:
    paquete = "{paquete}"
    get_ipython().run_line_magic("pip", f"install -q --no-deps {{paquete}}")"""

_GPU = {"accelerator": "GPU", "colab": {"gpuType": "T4", "provenance": []}}


@dataclass(frozen=True)
class Objetivo:
    """Un cuaderno que debe existir, y cómo se obtiene.

    `cuaderno` no lleva salidas; `lineas`, `inicios` y `celdas` dan, de cada una de sus
    celdas, la línea de la fuente, la de su texto y su posición (`None` en la de
    preparación); `limite` son segundos por celda. Si `ejecutar` es falso (cuaderno del
    alumno) se guarda tal cual.
    """

    fuente: str
    ruta: Path
    cuaderno: NotebookNode
    lineas: tuple[int | None, ...]
    inicios: tuple[int | None, ...]
    celdas: tuple[int | None, ...]
    ejecutar: bool
    limite: float | None = None


def objetivos(ruta: Path | str, raiz: Path = RAIZ) -> list[Objetivo]:
    """Los cuadernos que deben existir por una fuente, sin salidas."""
    raiz = Path(raiz)
    cuaderno = _fuentes.leer(ruta, raiz)
    fuente = cuaderno.metadata.gradiente.fuente
    limite = cuaderno.metadata.get("limite")
    rutas = _fuentes.cuadernos_de(ruta, raiz)
    if len(rutas) == 1:
        variantes = [(rutas[0], cuaderno, True)]
    else:
        variantes, pagina = [], Pagina(cuaderno, raiz)
        for n, marco in enumerate(MARCOS):
            resuelto = _filtrar(cuaderno, marco)
            resuelto.metadata.update(copy.deepcopy(_GPU))
            alumno = pagina.aplanar(sin_soluciones(resuelto))
            variantes += [(rutas[n], resuelto, True), (rutas[n + 3], alumno, False)]
    sitio = {
        celda.id: (cuaderno.lineas[n], cuaderno.inicios[n], n + 1)
        for n, celda in enumerate(cuaderno.cells)
    }
    hechos = []
    for destino, variante, ejecutar_ in variantes:
        completo = _poner_preparacion(variante, raiz)
        if ejecutar_:
            completo.metadata.gradiente.huella = huella(completo, raiz, PLANTILLA)
        nada = (None, None, None)
        sitios = zip(*(sitio.get(c.id, nada) for c in completo.cells), strict=True)
        hechos.append(Objetivo(fuente, destino, completo, *sitios, ejecutar_, limite))
    return hechos


def solo_marco(cuaderno: NotebookNode, marco: str, raiz: Path = RAIZ) -> NotebookNode:
    """Deja las celdas comunes y las de un marco, sin salidas, con nota y preparación.

    Acepta lo que da `fuentes.leer` o un `.ipynb` generado. El original no se toca.
    """
    derivado = _filtrar(cuaderno, marco)
    fuente = derivado.metadata.get("gradiente", {}).get("fuente", "")
    derivado.metadata.gradiente = {"fuente": fuente, "marco": marco}
    nombre = NOMBRES[marco]
    base = _fuentes.direccion_sitio(raiz)
    pagina = (
        f"[{_fuentes.titulo(derivado)}]({base}{PurePosixPath(fuente).with_suffix('.html')})"
        if base and fuente
        else f"«{_fuentes.titulo(derivado)}»"
    )
    nota = nbformat.v4.new_markdown_cell(
        f"> **Solo {nombre}.** Este cuaderno se ha generado de la sección {pagina} de "
        f"*Gradiente* y conserva únicamente su código de {nombre}. La página completa "
        "lo compara con los otros marcos y muestra todos los resultados.",
        id="sobre-este-cuaderno",
    )
    derivado.cells.insert(0, nota)
    return con_preparacion(derivado, raiz)


def sin_soluciones(cuaderno: NotebookNode) -> NotebookNode:
    """Cuaderno del alumno: sin soluciones ni salidas. El original no se toca."""
    alumno = _copia(cuaderno)
    for celda in alumno.cells:
        if celda.cell_type == "code":
            celda.source = _quitar_soluciones(
                celda.source, celda.metadata.get("nbgrader", {}).get("grade_id")
            )
        elif celda.metadata.get("nbgrader", {}).get("solution"):
            celda.source = RESPUESTA  # pregunta abierta: la respuesta modelo no sale
    alumno.metadata.get("gradiente", {}).pop("huella", None)
    return alumno


def con_preparacion(cuaderno: NotebookNode, raiz: Path = RAIZ) -> NotebookNode:
    """Copia del cuaderno con la celda de preparación como primera celda de código."""
    return _poner_preparacion(_copia(cuaderno), raiz)


def marcos_de(cuaderno: NotebookNode) -> list[str]:
    """Los marcos que aparecen en las celdas del cuaderno, en el orden de siempre."""
    presentes = {e for celda in cuaderno.cells for e in etiquetas(celda)}
    return [marco for marco in MARCOS if marco in presentes]


def version_paquete(raiz: Path = RAIZ) -> str:
    """Versión de `gradiente`: la que dice `gradiente/__init__.py`."""
    ruta = Path(raiz) / "gradiente" / "__init__.py"
    codigo = ruta.read_text(encoding="utf-8") if ruta.exists() else ""
    hallada = re.search(r"^__version__\s*=\s*[\"']([^\"']+)", codigo, re.MULTILINE)
    return hallada[1] if hallada else "0"


def url_paquete(raiz: Path = RAIZ) -> str:
    """Dirección del paquete `gradiente` en el sitio publicado."""
    sitio, version = _fuentes.direccion_sitio(raiz), version_paquete(raiz)
    return f"{sitio}paquete/gradiente-{version}-py3-none-any.whl"


def ruta_descarga(fuente: str) -> PurePosixPath:
    """Ruta, sin extensión, del cuaderno descargable de una fuente.

    `book/05-x/y.md` → `05-x/y`; `solutions/01-z.md` → `labs/01-z`.
    """
    rel = PurePosixPath(fuente).with_suffix("")
    resto = PurePosixPath(*rel.parts[1:])
    return PurePosixPath("labs") / resto if rel.parts[0] == "solutions" else resto


def descargas(fuente: str) -> list[str]:
    """Rutas de todos los cuadernos descargables que puede dar una fuente."""
    base = ruta_descarga(fuente).as_posix()
    completo = [] if fuente.startswith("solutions/") else [f"{base}.ipynb"]
    return completo + [f"{base}.{marco}.ipynb" for marco in MARCOS]


def derivar(salida: Path, raiz: Path = RAIZ) -> list[Path]:
    """Escribe en `salida` los cuadernos que ofrece el sitio; devuelve sus rutas.

    Cada sección, completa (con las salidas que hay en el repositorio) y de un solo
    marco; de cada lab, el cuaderno del alumno de cada marco. Su prosa es Markdown
    corriente, sin nada de MyST. Borra de `salida` los cuadernos que ya no correspondan.
    """
    from herramientas.normalizar import escribir

    raiz, salida = Path(raiz), Path(salida)
    escritos: dict[Path, str] = {}

    def anotar(destino: Path, fuente: str) -> Path:
        if destino in escritos:
            raise ErrorFuente(
                fuente,
                f"genera {destino.relative_to(salida)}, que ya genera "
                f"{escritos[destino]}; cambia el nombre de una de las dos fuentes",
            )
        escritos[destino] = fuente
        destino.parent.mkdir(parents=True, exist_ok=True)
        return destino

    for ruta in _fuentes.fuentes(raiz):
        fuente = _fuentes.relativa(ruta, raiz)
        base = salida / ruta_descarga(fuente)
        guardados = _fuentes.cuadernos_de(ruta, raiz)
        es_lab = len(guardados) > 1
        for guardado in guardados[3:] if es_lab else guardados:
            if not guardado.exists():
                raise ErrorHerramientas(
                    f"{_fuentes.relativa(guardado, raiz)}: falta; genéralo con "
                    f"make cuadernos SOLO={fuente}"
                )
            marco = guardado.name.removesuffix(".ipynb").rpartition(".")[2]
            extension = f".{marco}.ipynb" if es_lab else ".ipynb"
            destino = anotar(base.with_name(base.name + extension), fuente)
            if es_lab:
                shutil.copyfile(guardado, destino)  # ya es Markdown corriente
        if es_lab:
            continue
        cuaderno = _fuentes.leer(ruta, raiz)
        pagina = Pagina(cuaderno, raiz)
        completo = pagina.aplanar(nbformat.read(guardado, as_version=4))
        completo.metadata.gradiente.pop("sello", None)  # era el del original
        escribir(completo, destino)
        for marco in marcos_de(cuaderno):
            destino = anotar(base.with_name(f"{base.name}.{marco}.ipynb"), fuente)
            escribir(pagina.aplanar(solo_marco(cuaderno, marco, raiz)), destino)
    for sobrante in set(salida.rglob("*.ipynb")) - set(escritos):
        sobrante.unlink()
    return sorted(escritos)


def configurar(subparser: argparse.ArgumentParser) -> None:
    """Define las opciones de la orden `derivar`."""
    subparser.add_argument(
        "--salida", type=Path, required=True, help="carpeta donde se escriben"
    )


def ejecutar(args: argparse.Namespace) -> int:
    """Orden `derivar`."""
    escritos = derivar(args.salida, args.raiz)
    print(f"{len(escritos)} cuadernos en {args.salida}")
    return 0


# --- Piezas --------------------------------------------------------------------------


def _copia(cuaderno: NotebookNode) -> NotebookNode:
    """Copia profunda sin salidas ni cuentas de ejecución."""
    nuevo = nbformat.from_dict({k: v for k, v in cuaderno.items() if k != "cells"})
    nuevo = copy.deepcopy(nuevo)
    nuevo.cells = []
    for celda in cuaderno.cells:
        ligera = {k: v for k, v in celda.items() if k != "outputs"}
        ligera = nbformat.from_dict(copy.deepcopy(ligera))
        if ligera.cell_type == "code":
            ligera.outputs, ligera.execution_count = [], None
        nuevo.cells.append(ligera)
    nuevo.metadata.setdefault("gradiente", nbformat.from_dict({"fuente": ""}))
    nuevo.metadata.gradiente.pop("sello", None)
    return nuevo


def _poner_preparacion(cuaderno: NotebookNode, raiz: Path) -> NotebookNode:
    celdas = [celda for celda in cuaderno.cells if celda.get("id") != "preparacion"]
    primera = next(
        (n for n, celda in enumerate(celdas) if celda.cell_type == "code"), len(celdas)
    )
    preparacion = {
        "cell_type": "code",
        "execution_count": None,
        "id": "preparacion",
        "metadata": {"tags": ["remove-cell"]},
        "outputs": [],
        "source": PLANTILLA.format(paquete=url_paquete(raiz)),
    }
    celdas.insert(primera, nbformat.from_dict(preparacion))
    cuaderno.cells = celdas
    return cuaderno


def _filtrar(cuaderno: NotebookNode, marco: str) -> NotebookNode:
    if marco not in MARCOS:
        raise ValueError(f"marco desconocido «{marco}»; son {', '.join(MARCOS)}")
    fuera = (set(MARCOS) - {marco}) | {"acuerdo"}
    nuevo = _copia(cuaderno)
    nuevo.cells = [c for c in nuevo.cells if fuera.isdisjoint(etiquetas(c))]
    return nuevo


def _quitar_soluciones(codigo: str, nombre: str | None) -> str:
    aviso = f"Completa esta celda: {nombre}" if nombre else "Completa esta celda"
    renglones = codigo.splitlines()
    for inicio, fin in reversed(list(_fuentes.bloques_solucion(codigo))):
        sangria = re.match(r"\s*", renglones[inicio])[0]
        renglones[inicio : fin + 1] = [
            f"{sangria}# TU CÓDIGO AQUÍ",
            f'{sangria}raise NotImplementedError("{aviso}")',
        ]
    return "\n".join(renglones)
