"""La huella de ejecución: resume todo aquello de lo que dependen las salidas.

Si la huella guardada en un cuaderno coincide con la de su fuente, ejecutarlo otra vez
daría lo mismo. Cubre el código de las celdas y sus etiquetas que cambian la ejecución,
el entorno de referencia, las versiones fijadas de lo que se importa y el código de los
módulos de `gradiente` a los que se llega desde el cuaderno, con sus recursos.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from nbformat import NotebookNode

from herramientas.entorno import ENTORNO
from herramientas.errores import ErrorHerramientas
from herramientas.fuentes import RAIZ, etiquetas

#: Súbase cuando cambie cómo se ejecuta o se normaliza: obliga a rehacer todo.
VERSION = 2

#: Lo que se importa con un nombre y se instala con otro.
_DISTRIBUCION = {
    "IPython": "ipython",
    "PIL": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
#: Lo que trae consigo cada biblioteca y también decide los números.
_ARRASTRA = {
    "flax": {"jax", "jaxlib"},
    "jax": {"jaxlib"},
    "keras": {"tensorflow"},
    "optax": {"jax", "jaxlib"},
}
_SIEMPRE = {"numpy", "scipy", "matplotlib", "pandas"}
_ETIQUETAS = {"raises-exception"}
#: Lo que un módulo de `gradiente` lee de su carpeta y también decide las salidas.
_RECURSOS = ("*.toml", "*.mplstyle", "*.txt")


def huella(cuaderno: NotebookNode, raiz: Path = RAIZ, plantilla: str = "") -> str:
    """SHA-256 de lo que se ejecuta. `plantilla`: la de la celda de preparación."""
    codigo = [celda for celda in cuaderno.cells if celda.cell_type == "code"]
    raiz = Path(raiz)
    partes = {
        "version": VERSION,
        "entorno": ENTORNO,
        "plantilla": plantilla,
        "celdas": [
            [celda.source, sorted(_ETIQUETAS.intersection(etiquetas(celda)))]
            for celda in codigo
            if celda.get("id") != "preparacion"
        ],
    }
    modulos = set().union(*(importados(celda.source) for celda in codigo), set())
    propios = _modulos_propios(modulos, raiz)
    partes["gradiente"] = {
        archivo.relative_to(raiz).as_posix(): _resumen_archivo(archivo)
        for archivo in _con_recursos(propios)
    }
    ajenos = modulos.union(*(_importados_de(archivo, raiz) for archivo in propios))
    partes["versiones"] = _fijadas_de(ajenos, raiz)
    texto = json.dumps(partes, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(texto.encode()).hexdigest()


def versiones_fijadas(raiz: Path = RAIZ) -> dict[str, str]:
    """Requisito completo de cada distribución de `requirements.txt`, por su nombre."""
    ruta = Path(raiz) / "requirements.txt"
    if not ruta.exists():
        return {}
    return dict(_requisitos(ruta, ruta.stat().st_mtime_ns))


def comprobar_versiones(cuaderno: NotebookNode, raiz: Path = RAIZ) -> None:
    """Lanza un error si lo instalado no es lo fijado: las salidas no valdrían."""
    raiz = Path(raiz)
    codigo = [celda.source for celda in cuaderno.cells if celda.cell_type == "code"]
    modulos = set().union(*(importados(texto) for texto in codigo), set())
    for archivo in _modulos_propios(modulos, raiz):
        modulos |= _importados_de(archivo, raiz)
    for nombre, requisito in _fijadas_de(modulos, raiz).items():
        exacta = re.search(r"==\s*([^\s;,]+)", requisito)
        if not exacta:
            continue
        try:
            instalada = importlib.metadata.version(nombre)
        except importlib.metadata.PackageNotFoundError:
            instalada = "ninguna"
        if instalada.split("+")[0] != exacta[1].split("+")[0]:
            raise ErrorHerramientas(
                f"{nombre}: está instalada la versión {instalada} y requirements.txt "
                f"fija {exacta[1]}; instala lo fijado (make entorno) y repite"
            )


@lru_cache(maxsize=4096)
def importados(codigo: str) -> frozenset[str]:
    """Módulos que importa un trozo de código, con su nombre completo.

    `from a.b import c` cuenta como `a.b` y `a.b.c`, que puede ser módulo o no.
    """
    sin_magias = re.sub(r"^(\s*)[%!].*$", r"\1pass", codigo, flags=re.MULTILINE)
    try:
        arbol = ast.parse(sin_magias)
    except SyntaxError:
        return frozenset()  # la ejecución dirá cuál es el error
    nombres: set[str] = set()
    for nodo in ast.walk(arbol):
        if isinstance(nodo, ast.Import):
            nombres |= {alias.name for alias in nodo.names}
        elif isinstance(nodo, ast.ImportFrom):
            base = "." * nodo.level + (nodo.module or "")
            union = "" if base.endswith(".") else "."
            nombres |= {base} | {f"{base}{union}{alias.name}" for alias in nodo.names}
    return frozenset(nombres)


# --- Módulos de gradiente ------------------------------------------------------------


def _modulos_propios(modulos: Iterable[str], raiz: Path) -> list[Path]:
    """Archivos de `gradiente` a los que se llega desde esos módulos, en orden."""
    vistos: set[Path] = set()
    pendientes = [m for m in modulos if m.split(".")[0] == "gradiente"]
    while pendientes:
        for archivo in _archivos(pendientes.pop(), raiz):
            if archivo not in vistos:
                vistos.add(archivo)
                pendientes += [
                    m
                    for m in _importados_de(archivo, raiz)
                    if m.split(".")[0] == "gradiente"
                ]
    return sorted(vistos)


def _con_recursos(archivos: list[Path]) -> list[Path]:
    """Los archivos y los recursos que hay en sus carpetas, en orden."""
    carpetas = {archivo.parent for archivo in archivos}
    recursos = {r for c in carpetas for patron in _RECURSOS for r in c.glob(patron)}
    return sorted({*archivos, *recursos})


def _archivos(modulo: str, raiz: Path) -> list[Path]:
    """Archivos que ejecuta importar un módulo: los paquetes de encima y él mismo."""
    hallados: list[Path] = []
    carpeta = raiz
    for parte in modulo.split("."):
        carpeta = carpeta / parte
        inicio = carpeta / "__init__.py"
        if not inicio.exists():
            suelto = carpeta.with_suffix(".py")
            return [*hallados, suelto] if suelto.exists() else hallados
        hallados.append(inicio)
        # Un paquete perezoso puede cargar cualquiera de sus módulos.
        if carpeta.parent != raiz and "__getattr__" in _texto(inicio):
            hallados += sorted(carpeta.rglob("*.py"))
    return hallados


def _importados_de(archivo: Path, raiz: Path) -> frozenset[str]:
    """Módulos que importa un archivo de `gradiente`, con los relativos resueltos."""
    paquete = archivo.relative_to(raiz).parts[:-1]
    resueltos = set()
    for nombre in importados(_texto(archivo)):
        nivel = len(nombre) - len(nombre.lstrip("."))
        if nivel:
            base = paquete[: len(paquete) - nivel + 1]
            nombre = ".".join([*base, *filter(None, [nombre[nivel:]])])
        resueltos.add(nombre)
    return frozenset(resueltos)


def _texto(archivo: Path) -> str:
    return _leer(archivo, archivo.stat().st_mtime_ns)


@lru_cache(maxsize=512)
def _leer(archivo: Path, _momento: int) -> str:
    return archivo.read_text(encoding="utf-8")


def _resumen_archivo(archivo: Path) -> str:
    return hashlib.sha256(_texto(archivo).encode()).hexdigest()


# --- Versiones -----------------------------------------------------------------------


def _normal(nombre: str) -> str:
    return re.sub(r"[-_.]+", "-", nombre).lower()


@lru_cache(maxsize=8)
def _requisitos(ruta: Path, _momento: int) -> tuple[tuple[str, str], ...]:
    pares = []
    for renglon in ruta.read_text(encoding="utf-8").splitlines():
        requisito = renglon.split("#")[0].strip()
        hallado = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requisito)
        if hallado:
            pares.append((_normal(hallado[0]), requisito))
    return tuple(pares)


def _fijadas_de(modulos: Iterable[str], raiz: Path) -> dict[str, str]:
    fijadas = versiones_fijadas(raiz)
    nombres = set(_SIEMPRE)
    for modulo in modulos:
        cabeza = modulo.split(".")[0]
        nombres |= {_normal(_DISTRIBUCION.get(cabeza, cabeza))}
        nombres |= _ARRASTRA.get(cabeza, set())
    return {nombre: fijadas[nombre] for nombre in sorted(nombres) if nombre in fijadas}
