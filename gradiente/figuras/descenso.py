"""Descenso del gradiente sobre el coste logístico."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import traitlets

from gradiente.figuras._base import (
    ErrorFigura,
    Figura,
    coma,
    datos_2d,
    entero,
    escalar,
    marca,
    modulo_es,
    redondear,
    textos,
    vector,
)
from gradiente.figuras._logistica import coste, gradiente_w, optimo_w
from gradiente.figuras.clasificador import puntos_clases


class DescensoLogistico(Figura):
    r"""Descenso del gradiente del coste logístico, paso a paso.

    El plano es el de los pesos :math:`(w_1, w_2)`, con el sesgo ``b`` fijo: así el
    coste entero se ve en dos dimensiones, y cada punto del plano es una frontera sobre
    los datos. Conviene pasar datos centrados, para que una frontera por el origen
    (``b = 0``) sirva; con columnas de escalas distintas se ve el valle estrecho que
    frena al método. El lector elige la tasa y el punto de partida, avanza paso a paso o
    deja correr, y ve la trayectoria, la frontera y la curva de coste. Con una tasa
    excesiva, oscila o se aleja.

    El coste es la entropía cruzada media más ``l2 / 2 · ‖w‖²``.

    Args:
        X: forma (N, 2), las dos características, mejor centradas; N de 2 a 1000.
        y: forma (N,), clases 0 y 1; tienen que aparecer las dos.
        b: sesgo, fijo.
        tasa: tasa de aprendizaje inicial, positiva y dentro de ``tasas``.
        inicio: forma (2,), punto de partida ``(w1, w2)``. Por omisión, el origen
            reflejado respecto de la solución, para que el camino sea largo.
        limites: semilado del plano, ``|w1|, |w2| <= limites``. Por omisión, el menor
            entero que deja dentro y con holgura el origen, el inicio y el óptimo.
        tasas: extremos del deslizador de la tasa (escala logarítmica).
        pasos: número máximo de pasos, de 10 a 1000.
        nombres: rótulos de los ejes de los datos, con sus unidades.
        clases: nombres de la clase 0 y de la clase 1.
        l2: fuerza de la regularización, no negativa.

    Attributes:
        tasa, inicio: estado actual. En Jupyter y en Colab siguen al lector, y
            asignarlos cambia la figura.

    Raises:
        ErrorFigura: si las formas no casan, hay NaN, las clases no son 0 y 1, la tasa
            no es positiva o el inicio cae fuera del plano.
    """

    modulo = "descenso_logistico"
    titulo = "Figura interactiva: descenso del gradiente del coste logístico"
    _campos = (
        "x",
        "y",
        "b",
        "tasa",
        "inicio",
        "limites",
        "tasas",
        "pasos",
        "nombres",
        "clases",
        "l2",
    )
    _esm = modulo_es(modulo)

    # Any: la validación es nuestra, en español y con redondeo.
    x = traitlets.List().tag(sync=True)
    y = traitlets.List().tag(sync=True)
    b = traitlets.Any().tag(sync=True)
    tasa = traitlets.Any().tag(sync=True)
    inicio = traitlets.Any().tag(sync=True)
    limites = traitlets.Any().tag(sync=True)
    tasas = traitlets.Any().tag(sync=True)
    pasos = traitlets.Any().tag(sync=True)
    nombres = traitlets.Any().tag(sync=True)
    clases = traitlets.Any().tag(sync=True)
    l2 = traitlets.Any().tag(sync=True)

    def __init__(
        self,
        X: Any,
        y: Any,
        b: float = 0.0,
        tasa: float = 0.5,
        inicio: Any = None,
        limites: float | None = None,
        tasas: Any = (0.01, 100.0),
        pasos: int = 200,
        nombres: Any = ("x₁", "x₂"),
        clases: Any = ("clase 0", "clase 1"),
        l2: float = 0.0,
    ) -> None:
        puntos, etiquetas = datos_2d(X, y)
        b = escalar(b, "b")
        l2 = escalar(l2, "l2", 0, cifras=6)
        optimo = optimo_w(np.array(puntos), np.array(etiquetas), b, l2)
        if limites is None:
            limites = _limites(optimo, inicio)
        limites = escalar(limites, "limites", 0, abierto=True)
        if inicio is None:
            inicio = _inicio(optimo, limites)
        super().__init__(
            x=puntos,
            y=etiquetas,
            b=b,
            limites=limites,
            tasas=_tasas(tasas),
            tasa=tasa,
            inicio=inicio,
            pasos=entero(pasos, "pasos", 10, 1000),
            nombres=nombres,
            clases=clases,
            l2=l2,
        )

    @traitlets.validate("nombres", "clases")
    def _validar_textos(self, propuesta: Any) -> list[str]:
        return textos(propuesta.value, propuesta.trait.name, 2)

    @traitlets.validate("tasa")
    def _validar_tasa(self, propuesta: Any) -> float:
        return escalar(propuesta.value, "La tasa", *self.tasas)

    @traitlets.validate("inicio")
    def _validar_inicio(self, propuesta: Any) -> list[float]:
        punto = vector(propuesta.value, "inicio", 2)
        if max(map(abs, punto)) > self.limites:
            raise ErrorFigura(
                f"inicio = {punto} cae fuera del plano, de semilado {self.limites:g}."
            )
        return punto

    def __repr__(self) -> str:
        return (
            f"DescensoLogistico({len(self.y)} puntos, tasa={self.tasa}, "
            f"inicio={self.inicio}, b={self.b})"
        )

    def trayectoria(self) -> np.ndarray:
        """Los pesos desde el inicio, forma (pasos + 1, 2), como los da la figura."""
        X, y = np.array(self.x), np.array(self.y)
        w = np.array(self.inicio)
        camino = [w]
        for _ in range(self.pasos):
            w = w - self.tasa * gradiente_w(X, y, w, self.b, self.l2)
            camino.append(w)
        return np.array(camino)

    def descripcion(self) -> str:
        """Los datos, el plano y el estado de la figura, en palabras."""
        X, y = np.array(self.x), np.array(self.y)
        inicio, tasa = np.array(self.inicio), marca(self.tasa)
        optimo = optimo_w(X, y, self.b, self.l2)
        if optimo is None:
            fin = "El coste no alcanza su mínimo: baja sin fin al crecer los pesos."
        else:
            fin = (
                f"El mínimo del coste, {coma(coste(X, y, optimo, self.b, self.l2), 3)},"
                f" está en w = ({coma(optimo[0])}; {coma(optimo[1])})."
            )
        return (
            f"Descenso del gradiente del coste logístico de {len(y)} puntos, "
            f"{len(y) - y.sum()} de «{self.clases[0]}» y {y.sum()} de "
            f"«{self.clases[1]}», con las características {self.nombres[0]} y "
            f"{self.nombres[1]} y el sesgo fijo en {coma(self.b)}. "
            f"A la izquierda, curvas de nivel del coste sobre los pesos w₁ y w₂; a la "
            f"derecha, los datos y la frontera; debajo, el coste en cada paso. "
            f"Se parte de w = ({coma(inicio[0])}; {coma(inicio[1])}), con coste "
            f"{coma(coste(X, y, inicio, self.b, self.l2), 3)} y tasa "
            f"{tasa}. {fin}"
        )

    def _dibujar(self, figura: Any) -> None:
        from gradiente import estilo

        X, y = np.array(self.x), np.array(self.y)
        izquierda, derecha = figura.subplots(1, 2)
        malla = np.linspace(-self.limites, self.limites, 61)
        costes = np.array(
            [[coste(X, y, np.array([u, v]), self.b, self.l2) for u in malla]
             for v in malla]
        )  # fmt: skip
        minimo = costes.min()
        niveles = minimo + (costes.max() - minimo) * np.linspace(0.03, 1, 12) ** 2
        izquierda.contour(
            malla,
            malla,
            costes,
            levels=niveles,
            linewidths=1,
            colors=estilo.COLORES["gris"],
        )
        camino = self.trayectoria()
        izquierda.grid(visible=False)
        izquierda.plot(*camino.T, "o-", ms=3, lw=1.5, color=estilo.COLORES["acento"])
        izquierda.plot(*camino[0], "s", ms=8, color=estilo.COLORES["acento"])
        lado = self.limites
        izquierda.set(
            xlabel="w₁",
            ylabel="w₂",
            xlim=(-lado, lado),
            ylim=(-lado, lado),
            title=f"Tasa {marca(self.tasa)}",
        )
        derecha.grid(visible=False)
        puntos_clases(derecha, X, y, self.clases)
        w = camino[-1]
        margen = 0.08 * np.ptp(X, axis=0)
        (x0, y0), (x1, y1) = X.min(axis=0) - margen, X.max(axis=0) + margen
        u, v = np.meshgrid(np.linspace(x0, x1, 60), np.linspace(y0, y1, 60))
        derecha.contour(
            u,
            v,
            w[0] * u + w[1] * v + self.b,
            levels=[0],
            colors=estilo.COLORES["tinta"],
        )
        derecha.set(
            xlabel=self.nombres[0],
            ylabel=self.nombres[1],
            title=f"Tras {self.pasos} pasos",
        )


def _tasas(valor: Any) -> list[float]:
    extremos = vector(valor, "tasas", 2)
    if not 0 < extremos[0] < extremos[1]:
        raise ErrorFigura(
            f"tasas debe ser (mínima, máxima), positivas; se recibió {valor!r}."
        )
    return extremos


def _limites(optimo: np.ndarray | None, inicio: Any) -> float:
    """Semilado del plano: deja holgura en torno a todo lo que debe verse."""
    lejos = [1.0]
    if optimo is not None:
        lejos.append(1.6 * float(np.abs(optimo).max()))
    if inicio is not None:
        lejos.append(1.2 * max(map(abs, vector(inicio, "inicio", 2))))
    if optimo is None:
        lejos.append(6.0)
    lado = max(lejos)
    escala = 10.0 ** math.floor(math.log10(lado))
    return redondear(math.ceil(round(lado / escala * 2, 6)) / 2 * escala)


def _inicio(optimo: np.ndarray | None, limites: float) -> list[float]:
    """Lejos del óptimo y hacia el lado contrario, a un 70 % del borde."""
    rumbo = np.array([1.0, 0.5]) if optimo is None else optimo
    if np.abs(rumbo).max() < 1e-9:
        rumbo = np.array([1.0, 0.5])
    giro = np.array([-rumbo[0], rumbo[1]])  # reflejo en w1: el camino se curva
    giro /= np.abs(giro).max()  # antes: la coordenada mayor queda en ±1 exacto
    return [redondear(v, 2) for v in 0.7 * limites * giro]
