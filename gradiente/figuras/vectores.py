"""Dos vectores del plano: producto escalar, coseno, proyección y distancia."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import traitlets

from gradiente.figuras._base import ErrorFigura, Figura, coma, modulo_es, vector

MAXIMO = 100.0  # mayor componente que se admite


class VectoresCoseno(Figura):
    r"""Dos vectores del plano que el lector arrastra por la punta.

    Muestra las normas, el producto escalar :math:`\mathbf u \cdot \mathbf v`, el ángulo
    y su coseno, la distancia :math:`\lVert\mathbf u - \mathbf v\rVert` y la proyección
    de **u** sobre **v**, dibujada. Cuando un vector es nulo dice que el coseno no está
    definido. Hay botones para duplicar **v** (el coseno no cambia), normalizar los dos
    (el producto escalar pasa a ser el coseno) y anular **v**.

    Args:
        u: forma (2,), primer vector; componentes de -100 a 100.
        v: forma (2,), segundo vector, sobre el que se proyecta el primero.

    Attributes:
        u, v: estado actual. En Jupyter y en Colab siguen al lector, y asignarlos
            cambia la figura.
        limites: semilado del plano: el menor entero, y al menos 5, que deja holgura.

    Raises:
        ErrorFigura: si las formas no casan, hay NaN o un vector no cabe en el plano.
    """

    modulo = "vectores_coseno"
    titulo = "Figura interactiva: producto escalar y coseno de dos vectores"
    _campos = ("u", "v", "limites")
    _esm = modulo_es(modulo)

    u = traitlets.Any().tag(sync=True)
    v = traitlets.Any().tag(sync=True)
    limites = traitlets.Int().tag(sync=True)

    def __init__(self, u: Any = (3.0, 1.0), v: Any = (1.0, 2.0)) -> None:
        mayor = max(abs(c) for w, letra in ((u, "u"), (v, "v")) for c in _par(w, letra))
        super().__init__(limites=max(5, math.ceil(1.25 * mayor)), u=u, v=v)

    @traitlets.validate("u", "v")
    def _validar_vector(self, propuesta: Any) -> list[float]:
        letra = propuesta.trait.name
        par = _par(propuesta.value, letra)
        if max(map(abs, par)) > self.limites:
            raise ErrorFigura(
                f"{letra} = {par} no cabe en el plano, de semilado {self.limites}."
            )
        return par

    def __repr__(self) -> str:
        return f"VectoresCoseno(u={self.u}, v={self.v})"

    def medidas(self) -> dict[str, Any]:
        """Lo que mide la figura en su estado actual.

        Returns:
            ``normaU``, ``normaV``, ``producto``, ``distancia``; ``coseno`` y ``angulo``
            (grados), ``None`` si un vector es nulo; ``sombra`` (componente de u a lo
            largo de v) y ``proyeccion`` (su vector), ``None`` si v es nulo.
        """
        u, v = np.array(self.u), np.array(self.v)
        norma_u, norma_v, punto = np.hypot(*u), np.hypot(*v), u @ v
        m: dict[str, Any] = {
            "normaU": norma_u,
            "normaV": norma_v,
            "producto": punto,
            "distancia": np.hypot(*(u - v)),
            "coseno": None,
            "angulo": None,
            "sombra": None,
            "proyeccion": None,
        }
        if norma_v > 0:
            m["sombra"] = punto / norma_v
            m["proyeccion"] = m["sombra"] / norma_v * v
        if norma_u > 0 and norma_v > 0:
            m["coseno"] = np.clip(punto / (norma_u * norma_v), -1, 1)
            cruz = u[0] * v[1] - u[1] * v[0]
            m["angulo"] = np.degrees(np.arctan2(abs(cruz), punto))
        return m

    def descripcion(self) -> str:
        """Los vectores y sus medidas, en palabras."""
        m = self.medidas()
        texto = (
            f"Dos vectores del plano con origen común, u = {_texto(self.u)} y "
            f"v = {_texto(self.v)}, de normas {coma(m['normaU'])} y "
            f"{coma(m['normaV'])}. Su producto escalar es {coma(m['producto'])} y la "
            f"distancia entre sus puntas, {coma(m['distancia'])}. "
        )
        if m["coseno"] is None:
            texto += (
                "Uno de los dos es el vector nulo, que no tiene dirección: el coseno y "
                "el ángulo no están definidos. "
            )
        else:
            texto += (
                f"Forman un ángulo de {coma(m['angulo'], 1)} grados, de coseno "
                f"{coma(m['coseno'])}. "
            )
        if m["proyeccion"] is not None:
            texto += (
                f"La proyección de u sobre v acaba en el punto "
                f"{_texto(m['proyeccion'])}. "
            )
        return texto + "Las puntas de los dos vectores se pueden arrastrar."

    def _dibujar(self, figura: Any) -> None:
        from gradiente import estilo

        figura.set_size_inches(6.4, 4.5)
        ejes, lado, m = figura.subplots(), self.limites, self.medidas()
        u, v = np.array(self.u), np.array(self.v)
        gris, acento = estilo.COLORES["gris"], estilo.COLORES["acento"]
        ejes.plot(*np.c_[u, v], ":", color=gris, lw=1.2)
        if m["proyeccion"] is not None:
            p = m["proyeccion"]
            ejes.plot(*np.c_[u, p], "--", color=acento, lw=1.2)
            ejes.plot(*np.c_[[0, 0], p], color=acento, lw=6, solid_capstyle="butt")
        for w, letra, clase in ((v, "v", "clase1"), (u, "u", "clase0")):
            if w.any():
                color = estilo.COLORES[clase]
                flecha = {"arrowstyle": "-|>", "lw": 2, "color": color, "shrinkB": 0}
                ejes.annotate("", w, (0, 0), arrowprops=flecha | {"shrinkA": 0})
            estilo.rotular(ejes, *w, letra, clase)
        ejes.set(
            xlim=(-lado, lado),
            ylim=(-lado, lado),
            aspect="equal",
            xlabel="componente 1",
            ylabel="componente 2",
        )
        ejes.set_title(
            f"u·v = {coma(m['producto'])}, coseno {coma(m['coseno'])}"
            if m["coseno"] is not None
            else "Con un vector nulo no hay coseno"
        )


def _par(valor: Any, letra: str) -> list[float]:
    par = vector(valor, letra, 2)
    if max(map(abs, par)) > MAXIMO:
        raise ErrorFigura(
            f"Las componentes de {letra} deben estar entre −{MAXIMO:g} y {MAXIMO:g}; "
            f"se recibió {valor!r}."
        )
    return par


def _texto(w: Any) -> str:
    return f"({coma(w[0])}; {coma(w[1])})"
