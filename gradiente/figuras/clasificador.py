"""Clasificador logístico con frontera y umbral arrastrables."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets

from gradiente.figuras._base import (
    ErrorFigura,
    Figura,
    coma,
    datos_2d,
    escalar,
    modulo_es,
    redondear,
    textos,
    vector,
)
from gradiente.figuras._logistica import confusion, metricas, sigmoide


class ClasificadorLogistico(Figura):
    r"""Clasificador logístico de dos características, para manejarlo con la mano.

    Muestra :math:`p = \sigma(\mathbf w^\top \mathbf x + b)` sobre el plano. El lector
    mueve y gira la frontera, cambia la pendiente :math:`\lVert\mathbf w\rVert` y el
    umbral, y ve cambiar la matriz de confusión, la exactitud, la precisión, la
    exhaustividad y la curva precisión-exhaustividad. Se predice la clase 1 cuando
    ``p >= umbral``. «Ajustar» minimiza la entropía cruzada media más
    ``l2 / 2 · ‖w‖²`` (el sesgo no se penaliza), que es lo que hace
    ``LogisticRegression(C=1 / (N * l2))`` de scikit-learn.

    Args:
        X: forma (N, 2), las dos características, en sus unidades; N de 2 a 1000.
        y: forma (N,), clases 0 y 1 (la positiva); tienen que aparecer las dos.
        w: forma (2,), pesos iniciales, no ambos nulos. Por omisión, los de la
            mediatriz entre las medias de las clases, con ``z = ±2`` en ellas: una
            frontera razonable, pero no la óptima.
        b: sesgo inicial; por omisión, el de esa misma mediatriz. Se da si y solo si
            se da ``w``.
        umbral: probabilidad a partir de la cual se predice la clase 1; en (0, 1).
        nombres: rótulos de los dos ejes, con sus unidades.
        clases: nombres de la clase 0 y de la clase 1.
        l2: fuerza de la regularización al ajustar, no negativa.

    Attributes:
        w, b, umbral: estado actual. En Jupyter y en Colab siguen al lector, y
            asignarlos cambia la figura.

    Raises:
        ErrorFigura: si las formas no casan, hay NaN, las clases no son 0 y 1, ``w``
            es nulo o el umbral está fuera de (0, 1).

    Note:
        Los datos, ``w`` y ``b`` se guardan con seis cifras significativas, para que
        el estado sea idéntico en toda máquina. Unos pesos entrenados que no repiten
        tantas cifras de una máquina a otra se redondean antes de pasarlos.
    """

    modulo = "clasificador_logistico"
    titulo = "Figura interactiva: clasificador logístico"
    _campos = ("x", "y", "w", "b", "umbral", "nombres", "clases", "l2")
    _esm = modulo_es(modulo)

    # Any: la validación es nuestra, en español y con redondeo.
    x = traitlets.List().tag(sync=True)
    y = traitlets.List().tag(sync=True)
    w = traitlets.Any().tag(sync=True)
    b = traitlets.Any().tag(sync=True)
    umbral = traitlets.Any().tag(sync=True)
    nombres = traitlets.Any().tag(sync=True)
    clases = traitlets.Any().tag(sync=True)
    l2 = traitlets.Any().tag(sync=True)

    def __init__(
        self,
        X: Any,
        y: Any,
        w: Any = None,
        b: float | None = None,
        umbral: float = 0.5,
        nombres: Any = ("x₁", "x₂"),
        clases: Any = ("clase 0", "clase 1"),
        l2: float = 0.0,
    ) -> None:
        puntos, etiquetas = datos_2d(X, y)
        if (w is None) != (b is None):
            raise ErrorFigura("w y b se dan los dos o ninguno.")
        if w is None:
            w, b = _mediatriz(np.array(puntos), np.array(etiquetas))
        super().__init__(
            x=puntos,
            y=etiquetas,
            w=w,
            b=b,
            umbral=umbral,
            nombres=nombres,
            clases=clases,
            l2=l2,
        )

    @traitlets.validate("w")
    def _validar_w(self, propuesta: Any) -> list[float]:
        pesos = vector(propuesta.value, "w", 2, cifras=6)
        if not any(pesos):
            raise ErrorFigura("w no puede ser nulo: no habría frontera.")
        return pesos

    @traitlets.validate("b")
    def _validar_b(self, propuesta: Any) -> float:
        return escalar(propuesta.value, "b", cifras=6)

    @traitlets.validate("umbral")
    def _validar_umbral(self, propuesta: Any) -> float:
        return escalar(propuesta.value, "El umbral", 0, 1, abierto=True)

    @traitlets.validate("nombres", "clases")
    def _validar_textos(self, propuesta: Any) -> list[str]:
        return textos(propuesta.value, propuesta.trait.name, 2)

    @traitlets.validate("l2")
    def _validar_l2(self, propuesta: Any) -> float:
        return escalar(propuesta.value, "l2", 0, cifras=6)

    def __repr__(self) -> str:
        return (
            f"ClasificadorLogistico({len(self.y)} puntos, w={self.w}, b={self.b}, "
            f"umbral={self.umbral})"
        )

    def recuentos(self) -> dict[str, int]:
        """Matriz de confusión del estado actual: ``{"vp", "fp", "fn", "vn"}``."""
        return confusion(*self._matrices(), self.umbral)

    def _matrices(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        return np.array(self.x), np.array(self.y), np.array(self.w), self.b

    def descripcion(self) -> str:
        """Los datos y el estado de la figura, en palabras."""
        m = self.recuentos()
        v = {clave: coma(valor) for clave, valor in metricas(m).items()}
        unos = sum(self.y)
        texto = (
            f"Clasificador logístico con {len(self.y)} puntos en el plano "
            f"({self.nombres[0]}, {self.nombres[1]}): {len(self.y) - unos} de "
            f"«{self.clases[0]}» y {unos} de «{self.clases[1]}», que es la clase "
            f"positiva. Al empezar, w = ({coma(self.w[0])}; {coma(self.w[1])}), "
            f"b = {coma(self.b)} y el umbral es {coma(self.umbral)}: "
            f"{m['vp']} verdaderos positivos, {m['fp']} falsos positivos, {m['fn']} "
            f"falsos negativos y {m['vn']} verdaderos negativos. "
            f"Exactitud {v['exactitud']}, precisión {v['precision']}, exhaustividad "
            f"{v['exhaustividad']}."
        )
        if metricas(m)["precision"] is None:
            texto += " La precisión no está definida: nada se predice positivo."
        return texto

    def _dibujar(self, figura: Any) -> None:
        from gradiente import estilo

        X, y, w, b = self._matrices()
        ejes = figura.subplots()
        ejes.grid(visible=False)
        margen = 0.08 * np.ptp(X, axis=0)
        (x0, y0), (x1, y1) = X.min(axis=0) - margen, X.max(axis=0) + margen
        u, v = np.meshgrid(np.linspace(x0, x1, 120), np.linspace(y0, y1, 120))
        probabilidad = sigmoide(w[0] * u + w[1] * v + b)
        mapa = mapa_clases()
        ejes.imshow(
            probabilidad,
            extent=(x0, x1, y0, y1),
            origin="lower",
            aspect="auto",
            cmap=mapa,
            vmin=0,
            vmax=1,
            interpolation="bilinear",
        )
        umbral = self.umbral
        estilos = {0.5: "--"} | {umbral: "-"}
        niveles = sorted(estilos)
        ejes.contour(
            u,
            v,
            probabilidad,
            levels=niveles,
            colors=estilo.COLORES["tinta"],
            linestyles=[estilos[n] for n in niveles],
        )
        puntos_clases(ejes, X, y, self.clases)
        ejes.set(xlabel=self.nombres[0], ylabel=self.nombres[1])
        m = metricas(self.recuentos())
        ejes.set_title(
            f"Umbral {coma(umbral)}: precisión {coma(m['precision'])}, "
            f"exhaustividad {coma(m['exhaustividad'])}"
        )


def mapa_clases() -> Any:
    """Mapa de color suave de la clase 0 a la 1, blanco donde ``p = 0,5``."""
    from matplotlib.colors import LinearSegmentedColormap, to_rgb

    from gradiente import estilo

    def suave(nombre: str) -> np.ndarray:
        return 1 - 0.38 * (1 - np.array(to_rgb(estilo.COLORES[nombre])))

    colores = [suave("clase0"), (1.0, 1.0, 1.0), suave("clase1")]
    return LinearSegmentedColormap.from_list("clases", colores)


def puntos_clases(ejes: Any, X: np.ndarray, y: np.ndarray, clases: list[str]) -> None:
    """Los puntos, cada clase con su color y su forma, y la leyenda."""
    from gradiente import estilo

    for clase, marca in ((0, "o"), (1, "^")):
        ejes.scatter(
            *X[y == clase].T,
            s=22,
            marker=marca,
            color=estilo.COLORES[f"clase{clase}"],
            edgecolors="white",
            linewidths=0.5,
            label=clases[clase],
        )
    ejes.figure.legend(loc="outside lower center", ncols=2, handletextpad=0.1)


def _mediatriz(X: np.ndarray, y: np.ndarray) -> tuple[list[float], float]:
    """Frontera a medio camino entre las medias, con ``z = ±2`` en ellas."""
    escala = np.ptp(X, axis=0)
    m0, m1 = (X[y == c].mean(axis=0) / escala for c in (0, 1))
    salto = m1 - m0
    if np.linalg.norm(salto) < 1e-6:
        salto = np.array([1.0, 0.0])
    pesos = 4 * salto / (salto @ salto)
    sesgo = -float(pesos @ (m0 + m1)) / 2
    return [redondear(v) for v in pesos / escala], redondear(sesgo)
