"""El ruido del gradiente de un lote, según su tamaño."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import traitlets

from gradiente.figuras._base import (
    MAX_PUNTOS,
    ErrorFigura,
    Figura,
    cifras,
    coma,
    entero,
    modulo_es,
    pares,
    redondear,
    textos,
    vector,
)

_32_BITS = 0xFFFFFFFF


def mulberry32(semilla: int) -> Callable[[], int]:
    """Generador de enteros de 32 bits, el mismo en Python y en JavaScript.

    Es el de Tommy Ettinger; basta para sortear lotes, no para más.
    """
    estado = semilla & _32_BITS

    def siguiente() -> int:
        nonlocal estado
        estado = (estado + 0x6D2B79F5) & _32_BITS
        t = estado
        t = ((t ^ (t >> 15)) * (t | 1)) & _32_BITS
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & _32_BITS)) & _32_BITS
        return t ^ (t >> 14)

    return siguiente


@cache
def sortear_lotes(semilla: int, n: int, tam_lote: int, sorteos: int) -> np.ndarray:
    """Índices de los lotes, sin reemplazo dentro de cada uno: (sorteos, tam_lote)."""
    siguiente = mulberry32(semilla * 65536 + tam_lote)
    orden = list(range(n))
    lotes = []
    for _ in range(sorteos):
        for i in range(tam_lote):  # los primeros pasos de barajar (Fisher-Yates)
            j = i + siguiente() * (n - i) // 2**32
            orden[i], orden[j] = orden[j], orden[i]
        lotes.append(orden[:tam_lote])
    return np.array(lotes)


def gradientes_por_ejemplo(X: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Gradiente de ``(w·x − y)²`` en cada ejemplo, forma (N, 2)."""
    return 2 * (X @ w - y)[:, None] * X


def dispersion(gradientes: np.ndarray, centro: np.ndarray) -> float:
    """Raíz de la media de las distancias al cuadrado a ``centro``."""
    return float(np.sqrt(((gradientes - centro) ** 2).sum(axis=1).mean()))


class RuidoLote(Figura):
    r"""Los gradientes de lotes al azar, en torno al gradiente entero.

    El modelo es una regresión lineal de dos pesos y sin sesgo, con el error cuadrático
    medio, :math:`J(\mathbf w) = \frac1N\sum_i(\mathbf w^\top\mathbf x^{(i)} -
    y^{(i)})^2`. El lector mueve el punto :math:`\mathbf w` y el tamaño del lote, B, y
    ve el gradiente entero y los de muchos lotes sorteados sin reemplazo. Debajo, la
    dispersión medida, que es la raíz de la media de :math:`\lVert\nabla J_B - \nabla
    J\rVert^2`, frente a :math:`\sigma/\sqrt B` y a esa misma recta corregida por
    población finita, :math:`\sqrt{(N-B)/(N-1)}`.

    Args:
        X: forma (N, 2), características, mejor tipificadas; N de 8 a 1000. Por omisión,
            el índice de masa corporal y la presión arterial de los 256 primeros
            pacientes de ``load_diabetes``, tipificados.
        y: forma (N,), objetivo, mejor tipificado. Se da si y solo si se da ``X``.
        w: forma (2,), punto en que se deriva, de −100 a 100.
        lote: tamaño inicial, una potencia de dos menor que N, o N.
        sorteos: cuántos lotes de cada tamaño, de 20 a 500.
        semilla: de los sorteos, de 0 a 65 535.
        nombres: rótulos de las dos características y del objetivo.

    Attributes:
        w, lote, semilla: estado actual. En Jupyter y en Colab siguen al lector, y
            asignarlos cambia la figura.

    Raises:
        ErrorFigura: si las formas no casan, hay NaN, las características no determinan
            los pesos o un parámetro se sale de su intervalo.
    """

    modulo = "ruido_lote"
    titulo = "Figura interactiva: el ruido del gradiente según el tamaño del lote"
    _campos = ("x", "y", "w", "lote", "sorteos", "semilla", "nombres")
    _esm = modulo_es(modulo)

    # Any: la validación es nuestra, en español y con redondeo.
    x = traitlets.List().tag(sync=True)
    y = traitlets.List().tag(sync=True)
    w = traitlets.Any().tag(sync=True)
    lote = traitlets.Any().tag(sync=True)
    sorteos = traitlets.Any().tag(sync=True)
    semilla = traitlets.Any().tag(sync=True)
    nombres = traitlets.Any().tag(sync=True)

    def __init__(
        self,
        X: Any = None,
        y: Any = None,
        w: Any = (0.0, 0.0),
        lote: int = 8,
        sorteos: int = 200,
        semilla: int = 1,
        nombres: Any = None,
    ) -> None:
        if (X is None) != (y is None):
            raise ErrorFigura("X e y se dan los dos o ninguno.")
        if nombres is None:
            nombres = ("x₁", "x₂", "y") if X is not None else _NOMBRES_DIABETES
        puntos, objetivos = _diabetes() if X is None else _datos(X, y)
        self._tamanos = tamanos(len(puntos))
        super().__init__(
            x=puntos,
            y=objetivos,
            w=w,
            lote=lote,
            sorteos=sorteos,
            semilla=semilla,
            nombres=nombres,
        )

    @traitlets.validate("w")
    def _validar_w(self, propuesta: Any) -> list[float]:
        pesos = vector(propuesta.value, "w", 2)
        if max(map(abs, pesos)) > 100:
            raise ErrorFigura(f"w debe estar entre −100 y 100; se recibió {pesos}.")
        return pesos

    @traitlets.validate("lote")
    def _validar_lote(self, propuesta: Any) -> int:
        if propuesta.value not in self._tamanos:
            lista = ", ".join(map(str, self._tamanos))
            raise ErrorFigura(
                f"lote debe ser uno de {lista}; se recibió {propuesta.value!r}."
            )
        return int(propuesta.value)

    @traitlets.validate("sorteos")
    def _validar_sorteos(self, propuesta: Any) -> int:
        return entero(propuesta.value, "sorteos", 20, 500)

    @traitlets.validate("semilla")
    def _validar_semilla(self, propuesta: Any) -> int:
        return entero(propuesta.value, "semilla", 0, 65535)

    @traitlets.validate("nombres")
    def _validar_nombres(self, propuesta: Any) -> list[str]:
        return textos(propuesta.value, "nombres", 3)

    def __repr__(self) -> str:
        return f"RuidoLote({len(self.y)} ejemplos, w={self.w}, lote={self.lote})"

    def gradiente(self) -> np.ndarray:
        """El gradiente entero en ``w``, forma (2,)."""
        return self._por_ejemplo().mean(axis=0)

    def gradientes(self, lote: int | None = None) -> np.ndarray:
        """Los de los lotes sorteados, forma (sorteos, 2)."""
        lote = self.lote if lote is None else lote
        indices = sortear_lotes(self.semilla, len(self.y), lote, self.sorteos)
        return self._por_ejemplo()[indices].mean(axis=1)

    def dispersiones(self) -> dict[int, tuple[float, float]]:
        """Para cada tamaño de lote, la dispersión medida y la que dice la teoría."""
        G, n = self._por_ejemplo(), len(self.y)
        centro = G.mean(axis=0)
        sigma = dispersion(G, centro)
        return {
            B: (
                dispersion(self.gradientes(B), centro),
                sigma / np.sqrt(B) * np.sqrt((n - B) / (n - 1)),
            )
            for B in self._tamanos
        }

    def _por_ejemplo(self) -> np.ndarray:
        return gradientes_por_ejemplo(*map(np.array, (self.x, self.y, self.w)))

    def descripcion(self) -> str:
        """El gradiente y su dispersión para cada tamaño de lote, en palabras."""
        g = self.gradiente()
        medidas = "; ".join(
            f"B = {B}: {cifras(0 if medida < 1e-9 else medida)}, "
            f"y en teoría {cifras(teoria)}"
            for B, (medida, teoria) in self.dispersiones().items()
        )
        return (
            f"Regresión lineal de «{self.nombres[2]}» con {self.nombres[0]} y "
            f"{self.nombres[1]}, {len(self.y)} ejemplos. En w = ({coma(self.w[0])}; "
            f"{coma(self.w[1])}), el gradiente entero es ({coma(g[0])}; {coma(g[1])}), "
            f"de norma {cifras(float(np.hypot(*g)))}. En torno a su punta, una nube "
            f"con los gradientes de {self.sorteos} lotes de {self.lote} ejemplos, "
            f"sorteados sin reemplazo. Debajo, en escala logarítmica, la dispersión de "
            f"esa nube para cada tamaño de lote B, medida y según la teoría, que es "
            f"σ/√B por la corrección de población finita: {medidas}."
        )

    def _dibujar(self, figura: Any) -> None:
        from gradiente import estilo

        g, nube = self.gradiente(), self.gradientes()
        figura.set_size_inches(6.4, 3.9)
        plano, curva = figura.subplots(1, 2)
        lado = lado_gradientes(self._por_ejemplo())
        for flecha in nube:
            plano.plot(
                *np.transpose([(0, 0), flecha]),
                color=estilo.COLORES["clase0"],
                lw=0.5,
                alpha=0.25,
            )
        plano.plot(*nube.T, ".", ms=5, color=estilo.COLORES["clase0"], alpha=0.7)
        plano.annotate(
            "",
            g,
            (0, 0),
            arrowprops={
                "arrowstyle": "-|>",
                "color": estilo.COLORES["acento"],
                "lw": 2.5,
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )
        plano.set(
            xlim=(-lado, lado),
            ylim=(-lado, lado),
            xlabel="∂J/∂w₁",
            ylabel="∂J/∂w₂",
            title=f"{self.sorteos} lotes de {self.lote}",
        )
        datos = self.dispersiones()
        con_ruido = self._tamanos[:-1]
        sigma = datos[1][1]
        n = len(self.y)
        finos = np.geomspace(1, 0.995 * n, 200)
        recta = sigma / np.sqrt(finos)
        curva.plot(finos, recta, "--", color=estilo.COLORES["gris"])
        curva.plot(
            finos,
            recta * np.sqrt((n - finos) / (n - 1)),
            color=estilo.COLORES["acento"],
        )
        curva.plot(
            con_ruido,
            [datos[B][0] for B in con_ruido],
            "o",
            color=estilo.COLORES["clase0"],
        )
        estilo.rotular(curva, 3.2, sigma / 1.5, "σ/√B", "gris")
        estilo.rotular(
            curva, 0.35 * n, datos[con_ruido[-1]][1] / 2, "corregida", "acento",
            ha="right",
        )  # fmt: skip
        curva.set(
            xscale="log",
            yscale="log",
            xlim=(0.8, 1.2 * n),
            ylim=(datos[con_ruido[-1]][1] / 3, 1.5 * sigma),
            xlabel="tamaño de lote B",
            title="Dispersión",
        )
        curva.set_xticks([1, 8, 64], ["1", "8", "64"])
        curva.minorticks_off()


_NOMBRES_DIABETES = (
    "índice de masa corporal",
    "presión arterial",
    "avance de la diabetes",
)


def tamanos(n: int) -> list[int]:
    """Las potencias de dos menores que n, y n."""
    return [2**k for k in range((n - 1).bit_length())] + [n]


def lado_gradientes(G: np.ndarray) -> float:
    """Semilado del plano de los gradientes: caben nueve de cada diez por ejemplo."""
    partes = np.sort(np.abs(G).max(axis=1))
    justo = max(
        partes[int(0.9 * (len(partes) - 1))], 1.2 * np.abs(G.mean(axis=0)).max()
    )
    escala = 10.0 ** np.floor(np.log10(justo))
    return redondear(np.ceil(round(justo / escala * 2, 6)) / 2 * escala)


@cache
def _diabetes() -> tuple[list[list[float]], list[float]]:
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True)
    tabla = np.column_stack([X[:256, 2], X[:256, 3], y[:256]])
    tabla = (tabla - tabla.mean(axis=0)) / tabla.std(axis=0)
    return _datos(tabla[:, :2], tabla[:, 2])


def _datos(X: Any, y: Any) -> tuple[list[list[float]], list[float]]:
    puntos, objetivos = pares(X, y, "un objetivo")
    if not 8 <= len(puntos) <= MAX_PUNTOS:
        raise ErrorFigura(
            f"La figura admite de 8 a {MAX_PUNTOS} ejemplos; hay {len(puntos)}."
        )
    if not (np.isfinite(puntos).all() and np.isfinite(objetivos).all()):
        raise ErrorFigura("X o y tienen NaN o infinitos.")
    if np.linalg.cond(puntos) > 1e4:
        raise ErrorFigura(
            "Las dos columnas de X son casi proporcionales, o una es nula: no "
            "determinan los dos pesos."
        )
    if np.linalg.lstsq(puntos, objetivos)[1] < 1e-6 * (objetivos @ objetivos):
        raise ErrorFigura("y es combinación lineal exacta de X: no habría ruido.")
    filas = [[redondear(v, 4) for v in fila] for fila in puntos]
    return filas, [redondear(v, 4) for v in objetivos]
