"""Difusión (*broadcasting*): dos formas que se alinean por la derecha."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets

from gradiente.figuras._base import ErrorFigura, Figura, modulo_es

EJES = 4  # los que puede tener cada operando
MAYOR = 99  # tamaño máximo de un eje
CELDAS = 8  # por lado, lo más que se dibuja


class Difusion(Figura):
    """Dos formas y la que resulta de operar con ellas, eje a eje.

    El lector cambia los tamaños, añade y quita ejes, y ve cómo se alinean por la
    derecha, cuál se repite, cuál choca y por qué, la forma del resultado y cuántas
    veces se usa cada elemento. Si el resultado tiene como mucho dos ejes de tamaño 8 o
    menos, se dibujan las celdas, con las copias señaladas. Los botones traen ejemplos,
    entre ellos el del error cuadrático que cruza ``(n,)`` con ``(n, 1)`` sin avisar.

    Args:
        a: forma del primer operando: de 0 a 4 ejes de tamaño 1 a 99.
        b: forma del segundo.
        operacion: «+» o «-», la que se escribe y se calcula en las celdas.

    Attributes:
        a, b, operacion: estado actual. En Jupyter y en Colab siguen al lector, y
            asignarlos cambia la figura.

    Raises:
        ErrorFigura: si una forma no es una sucesión de hasta 4 enteros de 1 a 99. Dos
            formas incompatibles no son un error: la figura explica el choque.
    """

    modulo = "difusion"
    titulo = "Figura interactiva: broadcasting de dos formas"
    _campos = ("a", "b", "operacion")
    _esm = modulo_es(modulo)

    a = traitlets.Any().tag(sync=True)
    b = traitlets.Any().tag(sync=True)
    operacion = traitlets.Any().tag(sync=True)

    def __init__(self, a: Any = (3, 1), b: Any = (1, 4), operacion: str = "+") -> None:
        super().__init__(a=a, b=b, operacion=operacion)

    @traitlets.validate("a", "b")
    def _validar_forma(self, propuesta: Any) -> list[int]:
        return forma_valida(propuesta.value, propuesta.trait.name, EJES, MAYOR)

    @traitlets.validate("operacion")
    def _validar_operacion(self, propuesta: Any) -> str:
        if propuesta.value not in ("+", "-"):
            raise ErrorFigura(
                f"operacion debe ser «+» o «-»; se recibió {propuesta.value!r}."
            )
        return propuesta.value

    def __repr__(self) -> str:
        return f"Difusion(a={tuple(self.a)}, b={tuple(self.b)})"

    def forma(self) -> tuple[int, ...] | None:
        """Forma del resultado, o ``None`` si las dos chocan."""
        try:
            return np.broadcast_shapes(tuple(self.a), tuple(self.b))
        except ValueError:
            return None

    def descripcion(self) -> str:
        """Qué pasa en cada eje y qué forma resulta, en palabras."""
        forma, signo = self.forma(), {"-": "−"}.get(self.operacion, "+")
        partes = [
            f"Broadcasting de dos formas, A {tuple(self.a)} y B {tuple(self.b)}, "
            "con los ejes alineados por la derecha."
        ]
        for k in range(1, max(len(self.a), len(self.b)) + 1):
            partes.append(_explicar(*(_tamano(f, k) for f in (self.a, self.b)), k))
        if forma is None:
            partes.append(f"A {signo} B no se puede calcular.")
        else:
            partes.append(
                f"A {signo} B tiene forma {forma}: "
                f"{_veces(math.prod(forma), 'elemento', 'elementos')}."
            )
        partes.append("Los tamaños y el número de ejes se pueden cambiar.")
        return " ".join(partes)

    def _dibujar(self, figura: Any) -> None:
        forma, signo = self.forma(), {"-": "−"}.get(self.operacion, "+")
        ejes = figura.subplots()
        ejes.set_axis_off()
        ejes.set_aspect("equal")
        a, b = tuple(self.a), tuple(self.b)
        if forma is None:
            ejes.set_title(f"{a} {signo} {b} no se puede calcular")
        else:
            ejes.set_title(f"{a} {signo} {b} da {forma}")
        if forma is not None and len(forma) <= 2 and max(forma, default=1) <= CELDAS:
            figura.set_size_inches(6.4, 2.6)
            self._dibujar_celdas(ejes, forma, signo)
        else:
            figura.set_size_inches(6.4, 3.2)
            self._dibujar_ejes(ejes)

    def _dibujar_celdas(self, ejes: Any, forma: tuple[int, ...], signo: str) -> None:
        """A y B repetidas hasta la forma común, y el resultado."""
        A = 10 * np.arange(1, math.prod(self.a) + 1).reshape(self.a)
        B = np.arange(1, math.prod(self.b) + 1).reshape(self.b)
        resultado = A - B if self.operacion == "-" else A + B
        filas, columnas = np.atleast_2d(resultado).shape
        piezas = ((A, "clase0", signo), (B, "clase1", "="), (resultado, None, ""))
        for k, (valores, color, letrero) in enumerate(piezas):
            x0 = k * (columnas + 1.2)
            llena = np.broadcast_to(valores, forma).reshape(filas, columnas)
            vistos: set[int] = set()
            for (i, j), valor in np.ndenumerate(llena):
                copia = color is not None and int(valor) in vistos
                vistos.add(int(valor))
                _celda(ejes, x0 + j, -i, str(valor).replace("-", "−"), color, copia)
            if letrero:
                x, y = x0 + columnas + 0.1, 0.5 - filas / 2
                ejes.text(x, y, letrero, ha="center", va="center", fontsize=16)
        ejes.set(xlim=(-0.7, 3 * columnas + 2.1), ylim=(0.4 - filas, 0.6))

    def _dibujar_ejes(self, ejes: Any) -> None:
        """Una casilla por eje, alineadas por la derecha."""
        from gradiente import estilo

        n = max(len(self.a), len(self.b))
        for fila, (forma, letra) in enumerate(((self.a, "A"), (self.b, "B"))):
            color = f"clase{fila}"
            ejes.text(-n - 0.9, -1.3 * fila, letra, va="center", fontweight="bold")
            for k in range(1, n + 1):
                tamano = _tamano(forma, k)
                texto = "1" if tamano is None else str(tamano)
                _celda(ejes, -k, -1.3 * fila, texto, color, tamano is None)
        for k in range(1, n + 1):
            par = [_tamano(f, k) or 1 for f in (self.a, self.b)]
            choca = par[0] != par[1] and 1 not in par
            texto = "≠" if choca else str(max(par))
            _celda(ejes, -k, -2.8, texto, None, False)
            if choca:
                ejes.text(
                    -k, -3.7, "chocan", ha="center", color=estilo.COLORES["tinta"]
                )
        ejes.text(-n - 0.9, -2.8, "=", va="center", fontweight="bold")
        ejes.set(xlim=(-n - 1.5, 0), ylim=(-4, 0.7))


def forma_valida(valor: Any, que: str, ejes: int, mayor: int) -> list[int]:
    """Lista de hasta ``ejes`` enteros de 1 a ``mayor``; si no puede ser, lo explica."""
    if isinstance(valor, Sequence | np.ndarray) and not isinstance(valor, str):
        try:
            forma = [operator.index(n) for n in valor]
        except TypeError:
            forma = [0]
        if len(forma) <= ejes and all(1 <= n <= mayor for n in forma):
            return forma
    raise ErrorFigura(
        f"{que} debe ser una forma de hasta {ejes} ejes, enteros de 1 a {mayor}; "
        f"se recibió {valor!r}."
    )


def _tamano(forma: Sequence[int], k: int) -> int | None:
    """Tamaño del eje ``-k``, o ``None`` si la forma no llega a tenerlo."""
    return forma[-k] if k <= len(forma) else None


def _veces(n: int, uno: str, varios: str) -> str:
    return f"{n} {uno if n == 1 else varios}"


def _explicar(a: int | None, b: int | None, k: int) -> str:
    """Qué pasa en el eje ``-k``, en una frase: la misma que escribe la figura."""
    mayor = max(a or 1, b or 1)
    if a is None or b is None:
        texto = f"a {'A' if a is None else 'B'} le falta; se le añade con tamaño 1"
        texto += f" y se repite {mayor} veces" if mayor > 1 else ""
    elif a == b:
        texto = f"los dos tienen {a}; nada se repite"
    elif 1 in (a, b):
        texto = f"{'A' if a == 1 else 'B'} tiene 1 y se repite {mayor} veces"
    else:
        texto = f"{a} y {b} son distintos y ninguno es 1: chocan"
    return f"Eje −{k}: {texto}."


def _celda(
    ejes: Any, x: float, y: float, texto: str, color: str | None, copia: bool
) -> None:
    """Una casilla de lado 1 centrada en ``(x, y)``; las copias, de trazos y claras."""
    from matplotlib.patches import Rectangle

    from gradiente import estilo

    tinta = estilo.COLORES["tinta"]
    borde = estilo.COLORES[color] if color else tinta
    fondo = (*_rgb(borde), 0.06 if copia or not color else 0.28)
    estilo_linea = {"ls": (0, (3, 2)) if copia else "-", "lw": 1 if copia else 1.6}
    ejes.add_patch(
        Rectangle((x - 0.46, y - 0.46), 0.92, 0.92, fc=fondo, ec=borde, **estilo_linea)
    )
    peso = "normal" if copia else "bold"
    ejes.text(
        x, y, texto, ha="center", va="center", fontsize=9, color=tinta, fontweight=peso
    )


def _rgb(color: str) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    return to_rgb(color)
