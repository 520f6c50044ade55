"""Lectura y validación de las fuentes: los `.md` con celdas de `book/` y `solutions/`.

Una fuente es un cuaderno MyST en texto plano (jupytext `md:myst`). `leer` la convierte
en un cuaderno sin salidas, con identificadores de celda estables, o explica con
archivo, línea y celda por qué no puede.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
import yaml
from markdown_it import MarkdownIt
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from nbformat import NotebookNode

from herramientas import RAIZ
from herramientas.errores import ErrorFuente

__all__ = [
    "ETIQUETAS",
    "MARCOS",
    "RAIZ",
    "ErrorFuente",
    "configuracion",
    "cuadernos_de",
    "direccion_sitio",
    "es_fuente",
    "etiquetas",
    "fuentes",
    "leer",
    "relativa",
    "titulo",
]

MARCOS = ("pytorch", "keras", "jax")
CARPETAS = ("book", "solutions")

#: Toda etiqueta de celda admitida; cualquier otra es un error.
ETIQUETAS = frozenset(
    {
        *MARCOS,
        *("acuerdo", "sin-acuerdo"),
        *("hide-input", "hide-output", "hide-cell"),
        *("remove-input", "remove-output", "remove-cell"),
        *("nbval-ignore-output", "nbval-skip", "raises-exception"),
    }
)

INICIO_SOLUCION = "### BEGIN SOLUTION"
FIN_SOLUCION = "### END SOLUTION"

_ID_TEMARIO = re.compile(r"T\d+M?\.\d{2,}")
_ID_CELDA = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CELDA_EN_TEXTO = re.compile(r"^\s*(?:`{3,}|~{3,}|:{3,})\s*\{code-cell\}")
_VALLA = re.compile(r"^ {0,3}(`{3,}|~{3,})\s*(\S*)")
_RESERVADOS = frozenset({"preparacion", "referencias", "sobre-este-cuaderno"})
_LENGUAJE = {
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "pygments_lexer": "ipython3",
}
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def relativa(ruta: Path | str, raiz: Path = RAIZ) -> str:
    """Devuelve la ruta relativa a la raíz, con barras normales."""
    ruta = Path(ruta)
    absoluta = ruta if ruta.is_absolute() else Path(raiz) / ruta
    try:
        return absoluta.resolve().relative_to(Path(raiz).resolve()).as_posix()
    except ValueError:
        return str(ruta)


def etiquetas(celda: NotebookNode) -> list[str]:
    """Etiquetas de una celda, o lista vacía."""
    return list(celda.metadata.get("tags", []))


def fuentes(raiz: Path = RAIZ) -> list[Path]:
    """Todos los `.md` con celdas de `book/` y `solutions/`, en orden."""
    return [
        ruta
        for carpeta in CARPETAS
        for ruta in sorted((Path(raiz) / carpeta).rglob("*.md"))
        if not _apartada(ruta.relative_to(raiz)) and es_fuente(ruta)
    ]


def cuadernos_de(ruta: Path | str, raiz: Path = RAIZ) -> list[Path]:
    """Los `.ipynb` que se generan de una fuente.

    Uno al lado de cada fuente de `book/`; para un lab, sus tres soluciones y los tres
    cuadernos del alumno.
    """
    raiz = Path(raiz)
    rel = PurePosixPath(relativa(ruta, raiz))
    if rel.suffix != ".md" or rel.parts[0] not in CARPETAS:
        raise ErrorFuente(
            str(rel),
            "la fuente está fuera de book/ y de solutions/; muévela a una de las dos",
        )
    if rel.parts[0] == "book":
        return [raiz / rel.with_suffix(".ipynb")]
    resto = PurePosixPath(*rel.parts[1:])
    return [
        raiz / carpeta / resto.with_suffix(f".{marco}.ipynb")
        for carpeta in ("solutions", "labs")
        for marco in MARCOS
    ]


def leer(ruta: Path | str, raiz: Path = RAIZ) -> NotebookNode:
    """Lee, valida y devuelve el cuaderno de una fuente, sin salidas.

    Los metadatos del cuaderno son los de la cabecera, sin lo que es de jupytext, más
    `gradiente.fuente`. Dos atributos, que no son parte del cuaderno, dan por cada celda
    su línea en la fuente y aquella en que empieza su texto: `lineas` e `inicios`, ambas
    contadas desde 1.
    """
    raiz = Path(raiz)
    ruta = Path(ruta) if Path(ruta).is_absolute() else raiz / ruta
    rel = relativa(ruta, raiz)
    cuadernos_de(ruta, raiz)  # comprueba que está donde debe
    try:
        texto = ruta.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ErrorFuente(rel, "no existe esa fuente") from None
    except UnicodeDecodeError as error:
        raise ErrorFuente(rel, f"no está en UTF-8 ({error}); guárdala así") from None
    cabecera = _cabecera(texto, rel)
    _validar_cabecera(cabecera, texto, rel)
    trozos = list(_trocear(texto, rel))
    celdas = [trozo.celda for trozo in trozos]
    lineas = [trozo.linea for trozo in trozos]
    _validar_celdas(trozos, rel)
    _poner_ids(celdas, lineas, rel)
    metadatos = {
        clave: valor
        for clave, valor in cabecera.items()
        if clave not in ("jupytext", "kernelspec", "language_info")
    }
    metadatos |= {
        "kernelspec": _KERNEL,
        "language_info": _LENGUAJE,
        "gradiente": {"fuente": rel},
    }
    cuaderno = nbformat.from_dict(
        {"cells": [], "metadata": metadatos, "nbformat": 4, "nbformat_minor": 5}
    )
    cuaderno.cells = celdas
    object.__setattr__(cuaderno, "lineas", lineas)
    object.__setattr__(cuaderno, "inicios", [trozo.inicio for trozo in trozos])
    return cuaderno


def titulo(cuaderno: NotebookNode) -> str:
    """Primer título de nivel 1, o la ruta de la fuente si no hay."""
    for celda in cuaderno.cells:
        if celda.cell_type == "markdown":
            hallado = re.search(r"^# +(.+?)\s*$", celda.source, re.MULTILINE)
            if hallado:
                return hallado[1]
    return cuaderno.metadata.get("gradiente", {}).get("fuente", "sin título")


def bloques_solucion(codigo: str) -> Iterator[tuple[int, int]]:
    """Pares (primera, última) de líneas de cada bloque de solución, marcas incluidas.

    Las líneas se cuentan desde 0. Lanza `ValueError` con `(mensaje, línea)` si una
    marca está sin cerrar o fuera de orden.
    """
    inicio = None
    for n, renglon in enumerate(codigo.splitlines()):
        marca = renglon.strip()
        if marca == INICIO_SOLUCION:
            if inicio is not None:
                raise ValueError(
                    f"«{INICIO_SOLUCION}» dentro de otra solución sin cerrar; "
                    f"cierra la anterior con «{FIN_SOLUCION}»",
                    n,
                )
            inicio = n
        elif marca == FIN_SOLUCION:
            if inicio is None:
                raise ValueError(
                    f"«{FIN_SOLUCION}» sin «{INICIO_SOLUCION}» antes; "
                    "revisa el orden de las marcas",
                    n,
                )
            yield inicio, n
            inicio = None
        elif "BEGIN SOLUTION" in marca or "END SOLUTION" in marca:
            raise ValueError(
                f"marca de solución mal escrita: «{marca}»; se escribe exactamente "
                f"«{INICIO_SOLUCION}» o «{FIN_SOLUCION}», sola en su línea",
                n,
            )
    if inicio is not None:
        raise ValueError(
            f"«{INICIO_SOLUCION}» sin cerrar; añade «{FIN_SOLUCION}»", inicio
        )


def configuracion(raiz: Path = RAIZ) -> dict:
    """Contenido de `_config.yml` (vacío si no existe)."""
    ruta = Path(raiz) / "_config.yml"
    if not ruta.exists():
        return {}
    return _configuracion(ruta, ruta.stat().st_mtime_ns)


def direccion_sitio(raiz: Path = RAIZ) -> str:
    """Dirección del sitio publicado, acabada en «/» (vacía si no está configurada)."""
    base = (configuracion(raiz).get("html") or {}).get("baseurl") or ""
    return base and base.rstrip("/") + "/"


@lru_cache(maxsize=8)
def _configuracion(ruta: Path, _momento: int) -> dict:
    return yaml.safe_load(ruta.read_text(encoding="utf-8")) or {}


# --- Qué es una fuente ---------------------------------------------------------------


def _apartada(rel: Path) -> bool:
    return any(parte.startswith(("_", ".")) for parte in rel.parts)


def es_fuente(ruta: Path) -> bool:
    """Es fuente lo que declara un kernel o tiene alguna celda de código."""
    texto = ruta.read_text(encoding="utf-8", errors="replace")
    cabecera = re.match(r"---[ \t]*\n(.*?)^---[ \t]*$", texto, re.DOTALL | re.MULTILINE)
    if cabecera and re.search(r"^kernelspec:", cabecera[1], re.MULTILINE):
        return True
    if "{code-cell}" not in texto:
        return False
    abierta = None
    for renglon in texto.splitlines():
        valla = _VALLA.match(renglon)
        if not valla:
            continue
        if abierta is None:
            if valla[2].startswith("{code-cell}"):
                return True
            abierta = valla[1]
        elif (
            valla[1][0] == abierta[0] and len(valla[1]) >= len(abierta) and not valla[2]
        ):
            abierta = None
    return False


# --- Lectura -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Trozo:
    """Una celda, su línea en la fuente y la línea en que empieza su texto."""

    celda: NotebookNode
    linea: int
    inicio: int


@lru_cache(maxsize=1)
def _analizador() -> MarkdownIt:
    """El mismo analizador de bloques con que jupytext lee `md:myst`."""
    return (
        MarkdownIt("commonmark")
        .enable("table")
        .use(front_matter_plugin)
        .use(myst_block_plugin)
        .disable("inline", True)
    )


def _trocear(texto: str, rel: str) -> Iterator[_Trozo]:
    """Parte la fuente en celdas como lo hace jupytext, pero con la línea de cada una.

    jupytext valida cada celda contra el esquema de nbformat: con cien cuadernos, lo que
    más tarda. Las pruebas comparan este recorrido con el suyo.
    """
    renglones = texto.splitlines()
    desde, metadatos, nivel, k = 0, {}, 0, 0
    for token in [*_analizador().parse(texto + "\n"), None]:
        if token is not None:
            nivel += token.nesting
            es_celda = token.type == "fence" and token.info.startswith("{code-cell}")
            if token.type == "front_matter":
                desde = token.map[1]
                continue
            if nivel or not (es_celda or token.type == "myst_block_break"):
                continue
        hasta = token.map[0] if token else len(renglones)
        prosa = "\n".join(renglones[desde:hasta]).rstrip().lstrip("\n")
        if prosa:
            while not renglones[desde]:
                desde += 1
            k += 1
            celda = {"cell_type": "markdown", "metadata": metadatos, "source": prosa}
            yield _Trozo(nbformat.from_dict(celda), desde + 1, desde + 1)
        if token is None:
            return
        linea, desde, metadatos = token.map[0] + 1, token.map[1], {}
        if not es_celda:
            metadatos = _metadatos_de_corte(token.content, rel, linea)
            continue
        k += 1
        if not renglones[desde - 1].strip().startswith(token.markup):
            raise ErrorFuente(rel, "celda de código sin cerrar", linea, k)
        opciones, codigo, saltadas = _opciones(token.content, rel, linea, k)
        celda = {
            "cell_type": "code",
            "execution_count": None,
            "metadata": opciones,
            "outputs": [],
            "source": "\n".join(codigo),
        }
        yield _Trozo(nbformat.from_dict(celda), linea, linea + 1 + saltadas)


def _opciones(
    contenido: str, rel: str, linea: int, k: int
) -> tuple[dict, list[str], int]:
    """Opciones de una celda, su código y cuántas líneas van antes de él."""
    renglones = contenido.splitlines()
    total = len(renglones)
    cabeza: list[str] = []
    if renglones and renglones[0].startswith("---"):
        renglones.pop(0)
        while renglones and not renglones[0].startswith("---"):
            cabeza.append(renglones.pop(0))
        del renglones[:1]
    else:
        while renglones and renglones[0].lstrip().startswith(":"):
            cabeza.append(renglones.pop(0).lstrip()[1:])
    if renglones and not renglones[0].strip():
        renglones.pop(0)
    try:
        opciones = _yaml("\n".join(cabeza)) if cabeza else {}
    except yaml.YAMLError as error:
        detalle = getattr(error, "problem", None) or error
        raise ErrorFuente(
            rel,
            f"los metadatos de la celda no son YAML válido ({detalle}); se escriben "
            "«:tags: [pytorch]» o entre dos líneas «---»",
            linea,
            k,
        ) from None
    if opciones is not None and not isinstance(opciones, dict):
        raise ErrorFuente(
            rel, "los metadatos de la celda deben ser «clave: valor»", linea, k
        )
    return opciones or {}, renglones, total - len(renglones)


def _metadatos_de_corte(contenido: str, rel: str, linea: int) -> dict:
    """Metadatos de la celda de texto que abre una línea `+++ {…}`."""
    try:
        metadatos = json.loads(contenido.strip() or "{}")
    except ValueError as error:
        raise ErrorFuente(
            rel, f"lo que sigue a «+++» no es JSON válido ({error})", linea
        ) from None
    if not isinstance(metadatos, dict):
        raise ErrorFuente(rel, "lo que sigue a «+++» debe ser {…}", linea)
    return metadatos


def _yaml(texto: str) -> Any:
    return yaml.load(texto, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


# --- Validación ----------------------------------------------------------------------


def _cabecera(texto: str, rel: str) -> dict:
    hallada = re.match(r"---[ \t]*\n(.*?)^---[ \t]*$", texto, re.DOTALL | re.MULTILINE)
    if not hallada:
        raise ErrorFuente(
            rel,
            "falta la cabecera YAML (entre dos líneas «---») con jupytext, kernelspec "
            "y temario; cópiala de otra sección",
            linea=1,
        )
    try:
        cabecera = _yaml(hallada[1])
    except yaml.YAMLError as error:
        marca = getattr(error, "problem_mark", None)
        raise ErrorFuente(
            rel,
            f"la cabecera no es YAML válido ({getattr(error, 'problem', error)}); "
            "revisa sangrías, comillas y dos puntos",
            linea=2 + marca.line if marca else 1,
        ) from None
    if not isinstance(cabecera, dict):
        raise ErrorFuente(
            rel, "la cabecera debe ser una lista de «clave: valor»", linea=1
        )
    if "kernelspec" not in cabecera:
        raise ErrorFuente(
            rel,
            "hay celdas de código pero la cabecera no tiene «kernelspec»; añade "
            "«kernelspec: {display_name: Python 3, language: python, name: python3}»",
            linea=1,
        )
    return cabecera


def _linea_de_clave(texto: str, clave: str) -> int:
    for n, renglon in enumerate(texto.splitlines(), start=1):
        if renglon.startswith(f"{clave}:"):
            return n
    return 1


def _validar_cabecera(cabecera: dict, texto: str, rel: str) -> None:
    def error(clave: str, mensaje: str) -> ErrorFuente:
        return ErrorFuente(rel, mensaje, linea=_linea_de_clave(texto, clave))

    temario = cabecera.get("temario", [])
    if not isinstance(temario, list):
        raise error("temario", "temario debe ser una lista: «temario: [T5.09, T5.10]»")
    for punto in temario:
        if not isinstance(punto, str) or not _ID_TEMARIO.fullmatch(punto):
            raise error(
                "temario",
                f"«{punto}» no es un punto del temario; se escriben como T5.09 o "
                "T6M.01",
            )
    repetidos = sorted({punto for punto in temario if temario.count(punto) > 1})
    if repetidos:
        raise error("temario", f"temario repite {', '.join(repetidos)}; quita el doble")
    limite = cabecera.get("limite", 1)
    if isinstance(limite, bool) or not isinstance(limite, int | float) or limite <= 0:
        raise error(
            "limite", "limite son los segundos por celda: un número mayor que 0"
        )


def _validar_celdas(trozos: list[_Trozo], rel: str) -> None:
    es_lab = rel.startswith("solutions/")
    for k, trozo in enumerate(trozos, start=1):

        def error(mensaje: str, n: int | None = None, k=k, trozo=trozo) -> ErrorFuente:
            linea = trozo.linea if n is None else trozo.inicio + n
            return ErrorFuente(rel, mensaje, linea, k)

        _validar_etiquetas(trozo.celda, es_lab, error)
        if trozo.celda.cell_type == "markdown":
            _validar_markdown(trozo.celda, error)
        else:
            _validar_codigo(trozo.celda, es_lab, error)
    for marco in MARCOS if es_lab else (None,):
        _validar_grade_ids(trozos, rel, marco)


def _validar_etiquetas(celda: NotebookNode, es_lab: bool, error) -> None:
    lista = celda.metadata.get("tags", [])
    if not isinstance(lista, list) or not all(isinstance(e, str) for e in lista):
        raise error("tags debe ser una lista de palabras: «:tags: [pytorch]»")
    for etiqueta in lista:
        if etiqueta not in ETIQUETAS:
            raise error(
                f"etiqueta desconocida «{etiqueta}»; las admitidas son "
                f"{', '.join(sorted(ETIQUETAS))}"
            )
    marcos = [marco for marco in MARCOS if marco in lista]
    if len(marcos) > 1:
        raise error(
            f"una celda es de un solo marco y esta dice {', '.join(marcos)}; "
            "sepárala en varias"
        )
    if marcos and "acuerdo" in lista:
        raise error(
            "una celda «acuerdo» compara los tres marcos: no lleva etiqueta de marco"
        )
    if es_lab and "acuerdo" in lista:
        raise error(
            "un lab se reparte por marcos: una celda «acuerdo» no se ejecutaría nunca"
        )


def _validar_markdown(celda: NotebookNode, error) -> None:
    for n, renglon in enumerate(celda.source.splitlines()):
        if _CELDA_EN_TEXTO.match(renglon):
            raise error(
                "hay un {code-cell} dentro de otra directiva: desaparecería sin aviso; "
                "sácalo al nivel principal (para ejercicios, usa {solution-start} y "
                "{solution-end})",
                n,
            )
        if renglon.strip() in (INICIO_SOLUCION, FIN_SOLUCION):
            raise error("las marcas de solución van dentro de una celda de código", n)


def _validar_codigo(celda: NotebookNode, es_lab: bool, error) -> None:
    if not celda.source.strip():
        raise error("celda de código vacía; bórrala o escribe algo en ella")
    for n, renglon in enumerate(celda.source.splitlines()):
        if renglon.startswith(("```", "~~~")):
            raise error("celda de código sin cerrar; falta su «```» final", n)
    try:
        bloques = list(bloques_solucion(celda.source))
    except ValueError as fallo:
        mensaje, n = fallo.args
        raise error(mensaje, n) from None
    if bloques and not es_lab:
        raise error("las marcas de solución solo valen en solutions/")
    resuelve = celda.metadata.get("nbgrader", {}).get("solution", False)
    if es_lab and bool(bloques) != bool(resuelve):
        raise error(
            "celda con marcas de solución pero sin «nbgrader: {solution: true}»"
            if bloques
            else "celda con «nbgrader: {solution: true}» pero sin marcas "
            f"«{INICIO_SOLUCION}» y «{FIN_SOLUCION}»: el alumno recibiría la solución"
        )


def _validar_grade_ids(trozos: list[_Trozo], rel: str, marco: str | None) -> None:
    """Un `grade_id` no se repite en un mismo cuaderno (en un lab, el de cada marco)."""
    vistos: dict[str, int] = {}
    ajenos = set(MARCOS) - {marco} if marco else set()
    for k, trozo in enumerate(trozos, start=1):
        celda, linea = trozo.celda, trozo.linea
        if ajenos.intersection(etiquetas(celda)):
            continue
        grade_id = celda.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id is None:
            continue
        if grade_id in vistos:
            raise ErrorFuente(
                rel,
                f"grade_id «{grade_id}» ya está en la celda {vistos[grade_id]}; "
                "cada uno debe ser único en el cuaderno de cada marco",
                linea,
                k,
            )
        vistos[grade_id] = k


def _poner_ids(celdas: Iterable[NotebookNode], lineas: list[int], rel: str) -> None:
    """Da a cada celda un identificador que depende solo de ella.

    El propio de la fuente (`:id:`) si lo hay; si no, un resumen de su contenido, de
    modo que insertar o quitar otra celda no lo cambia.
    """
    vistos: dict[str, int] = {}
    repeticiones: dict[str, int] = {}
    for k, (celda, linea) in enumerate(zip(celdas, lineas, strict=True), start=1):
        propio = celda.metadata.pop("id", None)
        if propio is not None:
            propio = str(propio)
            if not _ID_CELDA.fullmatch(propio) or propio in _RESERVADOS:
                raise ErrorFuente(
                    rel,
                    f"id de celda no válido «{propio}»: solo letras sin tilde, cifras, "
                    "- y _ (máximo 64); «preparacion» está reservado",
                    linea,
                    k,
                )
            if propio in vistos:
                raise ErrorFuente(
                    rel,
                    f"id de celda «{propio}» duplicado: ya está en la celda "
                    f"{vistos[propio]}; cambia uno de los dos",
                    linea,
                    k,
                )
            celda.id = propio
        else:
            marcas = "\x00".join([celda.cell_type, *etiquetas(celda), celda.source])
            resumen = hashlib.sha256(marcas.encode()).hexdigest()[:10]
            veces = repeticiones[resumen] = repeticiones.get(resumen, 0) + 1
            celda.id = resumen if veces == 1 else f"{resumen}-{veces}"
        vistos[celda.id] = k
