"""Lo que una página define, para probarlo sin ejecutar la página entera.

`definiciones` lee la fuente de una página y ejecuta solo las funciones, clases y
constantes pedidas, con lo que necesitan de la propia página y sus `import`. Así las
pruebas comparan LO QUE ESTÁ ESCRITO EN LA PÁGINA con referencias independientes.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

from herramientas import fuentes

RAIZ = fuentes.RAIZ


class ErrorPagina(LookupError):
    """Lo pedido no está en la página, o no se puede saber cuál de ellas es."""


def definiciones(ruta: Path | str, *nombres: str) -> SimpleNamespace:
    """Extrae y ejecuta definiciones de una página.

    Args:
        ruta: fuente `.md` de la página, absoluta o desde la raíz del proyecto.
        *nombres: funciones, clases o constantes de módulo que se quieren. Una
            constante debe asignarse una sola vez en la página; de una función
            redefinida vale la última.

    Returns:
        Un objeto con cada nombre pedido como atributo.

    Raises:
        ErrorPagina: si un nombre no se define en la página o se asigna varias veces.
    """
    ruta = Path(ruta) if Path(ruta).is_absolute() else RAIZ / ruta
    definidos, importados = _indice(ruta)
    necesarios: dict[str, ast.stmt] = {}

    def anadir(nombre: str, desde: str) -> None:
        if nombre in necesarios:
            return
        if nombre in importados:
            necesarios[nombre] = importados[nombre]
        elif nombre in definidos:
            nodo = _unico(ruta, nombre, definidos[nombre])
            necesarios[nombre] = nodo
            for libre in sorted(_libres(nodo)):
                if libre in definidos or libre in importados:
                    anadir(libre, nombre)
        else:
            raise ErrorPagina(f"{ruta.name}: «{nombre}» no se define{desde}.")

    for nombre in nombres:
        anadir(nombre, " en la página; ¿ha cambiado de nombre?")
    sentencias = sorted(
        {id(nodo): nodo for nodo in necesarios.values()}.values(),
        key=lambda nodo: nodo.lineno,
    )
    espacio: dict[str, object] = {"__name__": ruta.stem}
    modulo = ast.Module(body=sentencias, type_ignores=[])
    exec(compile(modulo, str(ruta), "exec"), espacio)
    return SimpleNamespace(**{nombre: espacio[nombre] for nombre in nombres})


def _sentencias(ruta: Path) -> Iterator[ast.stmt]:
    """Sentencias de nivel superior, con el número de línea que tienen en el `.md`."""
    cuaderno = fuentes.leer(ruta)
    for celda, inicio in zip(cuaderno.cells, cuaderno.inicios, strict=True):
        if celda.cell_type != "code":
            continue
        codigo = "\n".join(
            "" if renglon.lstrip().startswith(("%", "!")) else renglon
            for renglon in celda.source.splitlines()
        )
        arbol = ast.parse(codigo, filename=str(ruta))
        ast.increment_lineno(arbol, inicio - 1)
        yield from arbol.body


def _indice(ruta: Path) -> tuple[dict[str, list[ast.stmt]], dict[str, ast.stmt]]:
    definidos: dict[str, list[ast.stmt]] = {}
    importados: dict[str, ast.stmt] = {}
    for nodo in _sentencias(ruta):
        if isinstance(nodo, ast.Import | ast.ImportFrom):
            for alias in nodo.names:
                importados[alias.asname or alias.name.split(".")[0]] = nodo
        elif isinstance(nodo, ast.FunctionDef | ast.ClassDef):
            definidos.setdefault(nodo.name, []).append(nodo)
        elif isinstance(nodo, ast.Assign):
            for objetivo in nodo.targets:
                for parte in ast.walk(objetivo):
                    if isinstance(parte, ast.Name):
                        definidos.setdefault(parte.id, []).append(nodo)
    return definidos, importados


def _unico(ruta: Path, nombre: str, nodos: list[ast.stmt]) -> ast.stmt:
    funciones = [n for n in nodos if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    if funciones:
        return funciones[-1]
    if len(nodos) > 1:
        lineas = ", ".join(str(nodo.lineno) for nodo in nodos)
        raise ErrorPagina(
            f"{ruta.name}: «{nombre}» se asigna en las líneas {lineas}; "
            "dale un nombre propio si hay que probarlo."
        )
    return nodos[0]


def _libres(nodo: ast.stmt) -> set[str]:
    """Nombres que la sentencia lee y que no son suyos (aproximación por exceso)."""
    leidos, propios = set(), set()
    for parte in ast.walk(nodo):
        if isinstance(parte, ast.Name):
            (leidos if isinstance(parte.ctx, ast.Load) else propios).add(parte.id)
        elif isinstance(parte, ast.arg):
            propios.add(parte.arg)
    if isinstance(nodo, ast.Assign):
        propios = set()
    return leidos - propios - set(dir(builtins))
