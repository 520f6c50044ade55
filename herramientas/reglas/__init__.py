"""Las reglas de `revisar`: cada una con su código, su razón y su comprobación.

Una regla es una función decorada con `@regla`. Recibe lo que dice su ámbito (una
página, un cuaderno, un cuaderno generado, un módulo de Python o el libro entero) y da
una `Nota` por cada cosa que no cumple. Para añadir una: escríbela en el módulo de su
familia y pon un ejemplo que la haga saltar en `tests/revisar/malos/<código>/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module

AMBITOS = ("pagina", "cuaderno", "salidas", "python", "libro")


@dataclass(frozen=True)
class Nota:
    """Lo que una regla encontró. `archivo` solo si no es el que se le dio."""

    mensaje: str
    linea: int | None = None
    celda: int | None = None
    archivo: str | None = None


@dataclass(frozen=True)
class Regla:
    """Una regla registrada. Un `aviso` informa y no cambia el código de salida."""

    codigo: str
    ambito: str
    titulo: str
    razon: str
    comprobar: Callable[..., Iterable[Nota]]
    aviso: bool = False


REGLAS: dict[str, Regla] = {}


def regla(
    codigo: str, ambito: str, titulo: str, razon: str, aviso: bool = False
) -> Callable:
    """Registra una función como la comprobación de una regla."""
    if ambito not in AMBITOS or codigo in REGLAS:
        raise ValueError(f"regla {codigo}: ámbito desconocido o código repetido")

    def registrar(funcion: Callable[..., Iterable[Nota]]) -> Callable:
        REGLAS[codigo] = Regla(codigo, ambito, titulo, razon, funcion, aviso)
        return funcion

    return registrar


for _familia in (
    *("cabecera", "carpetas", "codigo", "estructura"),
    *("figuras", "marcos", "salidas"),
):
    import_module(f"{__name__}.{_familia}")  # al importarse, registra sus reglas
