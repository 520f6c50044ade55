"""La secante, la tangente y el error de las diferencias finitas según el paso."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import traitlets

from gradiente.figuras._base import ErrorFigura, Figura, coma, escalar, modulo_es

EXTREMOS_H = (-16.0, 0.0)  # log10 de h


class Funcion(NamedTuple):
    """Una función, su derivada (``None`` o infinito donde no la hay) y su dibujo."""

    texto: str
    f: Callable[[float], float]
    d: Callable[[float], float | None]
    x: tuple[float, float]
    y: tuple[float, float]


def _raiz(x: float) -> float:
    return math.sqrt(x) if x >= 0 else math.nan


FUNCIONES = {
    "seno": Funcion("sen x", math.sin, math.cos, (-3.5, 3.5), (-1.75, 1.75)),
    "exponencial": Funcion("eˣ", math.exp, math.exp, (-3, 2), (-1.5, 8)),
    "raiz": Funcion(
        "√x",
        _raiz,
        lambda x: 0.5 / math.sqrt(x) if x else math.inf,
        (0, 4),
        (-0.3, 2.5),
    ),
    "absoluto": Funcion(
        "|x|", abs, lambda x: math.copysign(1, x) if x else None, (-3, 3), (-1, 3.2)
    ),
    "relu": Funcion(
        "máx(0, x)",
        lambda x: max(0.0, x),
        lambda x: float(x > 0) if x else None,
        (-3, 3),
        (-1, 3.2),
    ),
}


def potencia_de_diez(k: float) -> float:
    """10 elevado a ``k``; con ``k`` entero, lo mismo que escribir ``1e-8``."""
    return float(f"1e{int(k)}") if float(k).is_integer() else 10.0**k


def diferencias(funcion: str, x: float, h: float) -> dict[str, float | None]:
    """Las dos diferencias finitas en float64 y su error absoluto.

    Args:
        funcion: clave de ``FUNCIONES``.
        x: punto.
        h: paso, positivo.

    Returns:
        ``exacta``, ``adelante``, ``centrada``, ``errorAdelante`` y ``errorCentrada``;
        ``None`` lo que no está definido.
    """
    _, f, d, *_ = FUNCIONES[funcion]

    def finito(valor: float | None) -> float | None:
        return None if valor is None or not math.isfinite(valor) else valor

    exacta = finito(d(x))
    adelante = finito((f(x + h) - f(x)) / h)
    centrada = finito((f(x + h) - f(x - h)) / (2 * h))

    def error(valor: float | None) -> float | None:
        return None if None in (valor, exacta) else abs(valor - exacta)

    return {
        "exacta": exacta,
        "adelante": adelante,
        "centrada": centrada,
        "errorAdelante": error(adelante),
        "errorCentrada": error(centrada),
    }


class SecanteTangente(Figura):
    """Diferencias finitas de una función, con el paso en dieciséis órdenes de magnitud.

    A la izquierda, la función con su tangente en ``x`` y las secantes hacia delante y
    centrada; a la derecha, el error absoluto de las dos según ``h``, en escala
    logarítmica: baja mientras manda el truncamiento y sube cuando manda el redondeo.
    Las cuentas son en float64, en el mismo orden que en Python.

    Args:
        funcion: «seno», «exponencial», «raiz», «absoluto» o «relu». Las dos últimas no
            tienen derivada en 0, y la figura lo dice.
        x: el punto, dentro de lo que se dibuja de esa función.
        log10_h: logaritmo decimal del paso, de -16 a 0.

    Attributes:
        funcion, x, log10_h: estado actual. En Jupyter y en Colab siguen al lector, y
            asignarlos cambia la figura.

    Raises:
        ErrorFigura: si no hay tal función o un número cae fuera de sus límites.

    Note:
        La descripción dice las diferencias con seis decimales. Con pasos menores que
        1e-8 manda el redondeo, y el último bit del seno o de la exponencial, que cambia
        de una biblioteca matemática a otra, puede llegar a verse: como estado inicial
        de una figura guardada convienen pasos mayores.
    """

    modulo = "secante_tangente"
    titulo = "Figura interactiva: secantes, tangente y error de las diferencias finitas"
    _campos = ("funcion", "x", "log10_h")
    _esm = modulo_es(modulo)

    funcion = traitlets.Any().tag(sync=True)
    x = traitlets.Any().tag(sync=True)
    log10_h = traitlets.Any().tag(sync=True)

    def __init__(
        self, funcion: str = "seno", x: float = 1.0, log10_h: float = -1.0
    ) -> None:
        # La función, antes: de ella dependen los límites de x.
        super().__init__(funcion=_funcion(funcion), x=x, log10_h=log10_h)

    @traitlets.validate("funcion")
    def _validar_funcion(self, propuesta: Any) -> str:
        return _funcion(propuesta.value)

    @traitlets.observe("funcion")
    def _mantener_x_dentro(self, _: Any) -> None:
        minimo, maximo = FUNCIONES[self.funcion].x
        if self.x is not None:
            self.x = min(max(self.x, minimo), maximo)

    @traitlets.validate("x")
    def _validar_x(self, propuesta: Any) -> float:
        return escalar(propuesta.value, "x", *FUNCIONES[self.funcion].x)

    @traitlets.validate("log10_h")
    def _validar_h(self, propuesta: Any) -> float:
        return escalar(propuesta.value, "log10_h", *EXTREMOS_H)

    def __repr__(self) -> str:
        return (
            f"SecanteTangente(funcion={self.funcion!r}, x={self.x}, "
            f"log10_h={self.log10_h})"
        )

    def descripcion(self) -> str:
        """La función, el punto, el paso y las dos diferencias, en palabras."""
        funcion, h = FUNCIONES[self.funcion], potencia_de_diez(self.log10_h)
        r = diferencias(self.funcion, self.x, h)
        if r["exacta"] is None:
            derivada = "no existe"
        else:
            derivada = f"vale {coma(r['exacta'], 6)}"
        partes = []
        for nombre, clave in (("hacia delante", "Adelante"), ("centrada", "Centrada")):
            valor, error = r[clave.lower()], r[f"error{clave}"]
            dicho = "no se puede calcular" if valor is None else coma(valor, 6)
            if error is not None:
                dicho += f", con un error de {_cientifica(error)}"
            partes.append(f"{nombre}: {dicho}")
        if r["exacta"] is None:
            error = "no hay error que dibujar"
        else:
            error = (
                "el error de las dos según h, en escala logarítmica: al reducir h baja "
                "mientras manda el truncamiento, y luego el redondeo lo hace subir"
            )
        return (
            f"A la izquierda, la función {funcion.texto} con su tangente y las "
            f"secantes hacia delante y centrada en x = {coma(self.x)}, con un paso h "
            f"de {_cientifica(h)}. La derivada {derivada}; la diferencia {partes[0]}; "
            f"la {partes[1]}. A la derecha, {error}. Se pueden cambiar la función, el "
            f"punto y el paso."
        )

    def _dibujar(self, figura: Any) -> None:
        from gradiente import estilo

        figura.set_size_inches(6.4, 3.4)
        izquierda, derecha = figura.subplots(1, 2)
        colores = estilo.COLORES
        _, f, _, (x0, x1), limites_y = FUNCIONES[self.funcion]
        x, h = self.x, potencia_de_diez(self.log10_h)
        r = diferencias(self.funcion, x, h)
        u = np.linspace(x0, x1, 241)
        lineas = (
            ("exacta", "acento", 5, "-", x),
            ("adelante", "clase1", 1.5, "-", x),
            ("centrada", "clase0", 1.5, "--", x - h),
        )
        izquierda.plot(u, [f(t) for t in u], color=colores["tinta"])
        for clave, color, grosor, trazo, por in lineas:
            if r[clave] is not None:
                recta = f(por) + r[clave] * (u - por)
                alfa = 0.4 if clave == "exacta" else 1
                izquierda.plot(
                    u, recta, trazo, color=colores[color], lw=grosor, alpha=alfa
                )
        izquierda.plot(x, f(x), "o", color=colores["tinta"])
        izquierda.set(
            xlim=(x0, x1),
            ylim=limites_y,
            xlabel="x",
            title=FUNCIONES[self.funcion].texto,
        )
        pasos = [potencia_de_diez(k / 10) for k in range(-160, 1)]
        for clave, color, nombre, donde in (
            ("errorAdelante", "clase1", "hacia delante", (1e-11, 0.1)),
            ("errorCentrada", "clase0", "centrada", (1e-13, 1e-13)),
        ):
            curva = [diferencias(self.funcion, x, p)[clave] for p in pasos]
            if curva[0] is None:
                continue
            # El error nulo no cabe en una escala logarítmica: va al borde de abajo.
            curva = [math.nan if e is None else max(e, 1e-17) for e in curva]
            derecha.plot(pasos, curva, color=colores[color], lw=1.2)
            estilo.rotular(derecha, *donde, nombre, color, fontsize=9)
        if r["exacta"] is None:
            estilo.rotular(
                derecha, 1e-14, 1e-8, "sin derivada no hay error", fontsize=9
            )
        derecha.axvline(h, color=colores["tinta"], lw=1)
        derecha.set(
            xscale="log",
            yscale="log",
            xlim=(3e-17, 3),
            ylim=(1e-17, 30),
            xlabel="h",
            ylabel="error absoluto",
            title="Error según h",
        )


def _funcion(nombre: Any) -> str:
    if nombre not in FUNCIONES:
        raise ErrorFigura(
            f"funcion debe ser una de {', '.join(FUNCIONES)}; se recibió {nombre!r}."
        )
    return nombre


def _cientifica(valor: float) -> str:
    """Con dos cifras y potencia de diez, para leer en español."""
    if valor == 0:
        return "0"
    mantisa, exponente = f"{valor:.1e}".split("e")
    return f"{mantisa.replace('.', ',')} por 10 elevado a {coma(int(exponente), 0)}"
