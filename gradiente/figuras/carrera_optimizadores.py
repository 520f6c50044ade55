"""Seis métodos de descenso que corren sobre el mismo paisaje."""

from __future__ import annotations

from typing import Any

import numpy as np
import traitlets

from gradiente.figuras._base import (
    ErrorFigura,
    Figura,
    cifras,
    coma,
    entero,
    escalar,
    modulo_es,
    redondear,
    vector,
)
from gradiente.figuras._optimizadores import (
    LEJOS,
    METODOS,
    NOMBRES,
    PAISAJES,
    trayectoria,
)

TASAS = (1e-4, 10.0)  # extremos de los deslizadores, logarítmicos
COLORES = {
    "sgd": "#1f2328",
    "momentum": "#0a6ebd",
    "nesterov": "#007d63",
    "adagrad": "#856600",
    "rmsprop": "#c24a00",
    "adam": "#5a1a78",
}
MARCAS = dict(zip(METODOS, "osD^vP", strict=True))


class CarreraOptimizadores(Figura):
    r"""Seis métodos de descenso, desde el mismo punto y sobre el mismo paisaje.

    El lector elige el paisaje, arrastra el punto de salida, activa o desactiva métodos
    y da a cada uno su tasa; luego avanza paso a paso o deja correr, y ve los caminos
    sobre las curvas de nivel y el valor de f frente al paso. Un método que diverge se
    para y se dice. Las ecuaciones son las de PyTorch: momentum
    :math:`v\leftarrow 0{,}9v+g`, :math:`\theta\leftarrow\theta-\eta v`; Nesterov
    avanza con :math:`g+0{,}9v`; Adagrad, con épsilon 1e-10; RMSprop, con media móvil
    0,99 y épsilon 1e-8 fuera de la raíz; Adam, con 0,9, 0,999 y 1e-8, y corrección de
    sesgo.

    Args:
        paisaje: ``"valle"``, la cuadrática ½(x² + 20y²), de número de condición 20;
            ``"silla"``, x² − y² + ¼y⁴, que el término cuártico acota por abajo;
            ``"rosenbrock"``; ``"beale"``; u ``"ondas"``, sen x cos y +
            sen(x/2) cos(y/2) en [0, 10]².
        inicio: forma (2,), punto de salida, dentro del dibujo. Por omisión, el de cada
            paisaje; en el valle, (−2; 1,5).
        tasas: tasas de aprendizaje, de 0,0001 a 10: un diccionario con las de algunos
            métodos (``"sgd"``, ``"momentum"``, ``"nesterov"``, ``"adagrad"``,
            ``"rmsprop"``, ``"adam"``), o una lista con las seis, en ese orden. Las que
            no se den son las propias de cada paisaje.
        metodos: los que corren al empezar; por omisión, los seis.
        pasos: número máximo de pasos, de 10 a 1000.

    Attributes:
        paisaje, inicio, tasas, metodos: estado actual. En Jupyter y en Colab siguen al
            lector, y asignarlos cambia la figura. Al cambiar de paisaje, el inicio y
            las tasas pasan a ser los suyos.

    Raises:
        ErrorFigura: si el paisaje o un método no existe, el inicio cae fuera del dibujo
            o una tasa se sale de su intervalo.
    """

    modulo = "carrera_optimizadores"
    titulo = "Figura interactiva: carrera de optimizadores"
    _campos = (
        "paisaje",
        "inicio",
        "tasas",
        "metodos",
        "pasos",
        "paisajes",
        "recuadros",
        "de_fabrica",
        "minimos",
    )
    _esm = modulo_es(modulo)

    # Any: la validación es nuestra, en español y con redondeo.
    paisaje = traitlets.Any().tag(sync=True)
    inicio = traitlets.Any().tag(sync=True)
    tasas = traitlets.Any().tag(sync=True)
    metodos = traitlets.Any().tag(sync=True)
    pasos = traitlets.Any().tag(sync=True)
    paisajes = traitlets.List().tag(sync=True)
    recuadros = traitlets.List().tag(sync=True)
    de_fabrica = traitlets.List().tag(sync=True)
    minimos = traitlets.List().tag(sync=True)

    _hecha = False

    def __init__(
        self,
        paisaje: str = "valle",
        inicio: Any = None,
        tasas: Any = None,
        metodos: Any = METODOS,
        pasos: int = 200,
    ) -> None:
        paisaje = _paisaje(paisaje)  # antes que lo demás, que depende de él
        super().__init__(
            paisaje=paisaje,
            inicio=PAISAJES[paisaje].inicio if inicio is None else inicio,
            tasas={} if tasas is None else tasas,
            metodos=metodos,
            pasos=pasos,
            paisajes=[[k, p.nombre, p.formula] for k, p in PAISAJES.items()],
            recuadros=[[k, *p.limites, p.logaritmica] for k, p in PAISAJES.items()],
            de_fabrica=[[k, *p.inicio, *p.tasas] for k, p in PAISAJES.items()],
            minimos=[
                [k, *(redondear(v) for v in minimo)]
                for k, p in PAISAJES.items()
                for minimo in p.minimos
            ],
        )
        self._hecha = True

    @traitlets.validate("paisaje")
    def _validar_paisaje(self, propuesta: Any) -> str:
        return _paisaje(propuesta.value)

    @traitlets.validate("inicio")
    def _validar_inicio(self, propuesta: Any) -> list[float]:
        x, y = punto = vector(propuesta.value, "inicio", 2)
        x0, x1, y0, y1 = PAISAJES[self.paisaje].limites
        if not (x0 <= x <= x1 and y0 <= y <= y1):
            raise ErrorFigura(
                f"inicio = {punto} cae fuera del dibujo, "
                f"[{x0:g}, {x1:g}] × [{y0:g}, {y1:g}]."
            )
        return punto

    @traitlets.validate("tasas")
    def _validar_tasas(self, propuesta: Any) -> list[float]:
        dadas = propuesta.value
        if isinstance(dadas, dict):
            _conocidos(dadas, "tasas")
            propias = dict(zip(METODOS, PAISAJES[self.paisaje].tasas, strict=True))
            dadas = list((propias | dadas).values())
        elif np.shape(dadas) != (len(METODOS),):
            raise ErrorFigura(
                f"tasas debe ser un diccionario o una lista de {len(METODOS)} números; "
                f"se recibió {dadas!r}."
            )
        return [
            escalar(tasa, f"La tasa de {NOMBRES[metodo]}", *TASAS)
            for metodo, tasa in zip(METODOS, dadas, strict=True)
        ]

    @traitlets.validate("metodos")
    def _validar_metodos(self, propuesta: Any) -> list[str]:
        dados = [propuesta.value] if isinstance(propuesta.value, str) else None
        try:
            dados = dados or list(propuesta.value)
        except TypeError:
            raise ErrorFigura(
                f"metodos debe ser una lista; se recibió {propuesta.value!r}."
            ) from None
        _conocidos(dados, "metodos")
        return [m for m in METODOS if m in dados]

    @traitlets.validate("pasos")
    def _validar_pasos(self, propuesta: Any) -> int:
        return entero(propuesta.value, "pasos", 10, 1000)

    @traitlets.observe("paisaje")
    def _cambiar_de_paisaje(self, _: Any) -> None:
        if self._hecha:
            self.inicio = PAISAJES[self.paisaje].inicio
            self.tasas = {}

    def __repr__(self) -> str:
        return (
            f"CarreraOptimizadores({self.paisaje!r}, inicio={self.inicio}, "
            f"{len(self.metodos)} métodos)"
        )

    def trayectorias(self) -> dict[str, np.ndarray]:
        """El camino de cada método activo, forma (pasos + 1, 2), como lo da la figura.

        El de un método que diverge es más corto: acaba donde se da por perdido.
        """
        tasas = dict(zip(METODOS, self.tasas, strict=True))
        return {
            m: trayectoria(self.paisaje, m, self.inicio, tasas[m], self.pasos)
            for m in self.metodos
        }

    def descripcion(self) -> str:
        """El paisaje y a dónde llega cada método, en palabras."""
        paisaje = PAISAJES[self.paisaje]
        tasas = dict(zip(METODOS, self.tasas, strict=True))
        salida = coma(float(paisaje.f(np.array(self.inicio))), 3)
        llegadas = []
        for metodo, camino in self.trayectorias().items():
            x, y = camino[-1]
            texto = f"{NOMBRES[metodo]}, con tasa {cifras(tasas[metodo], 2)}, "
            if np.hypot(x, y) < LEJOS:
                valor = float(paisaje.f(camino[-1]))
                minucia = 0 <= valor < 5e-4
                texto += f"llega a ({coma(x)}; {coma(y)}), con f "
                texto += "< 0,001" if minucia else f"= {coma(valor, 3)}"
            else:
                texto += f"diverge en el paso {len(camino) - 1}"
            llegadas.append(texto)
        cuantos = len(llegadas)
        return (
            f"Carrera de métodos de descenso en el paisaje «{paisaje.nombre}», "
            f"{paisaje.formula}. Arriba, curvas de nivel y el camino de cada método; "
            f"debajo, f frente al paso. Salen de ({coma(self.inicio[0])}; "
            f"{coma(self.inicio[1])}), con f = {salida}. "
            + (f"Tras {self.pasos} pasos: " if cuantos else "Ninguno está activo")
            + "; ".join(llegadas)
            + "."
        )

    def _dibujar(self, figura: Any) -> None:
        from gradiente import estilo

        paisaje = PAISAJES[self.paisaje]
        x0, x1, y0, y1 = paisaje.limites
        figura.set_size_inches(6.4, 4.2)
        plano, curva = figura.subplots(1, 2, width_ratios=(1.25, 1))
        malla = np.array(
            np.meshgrid(np.linspace(x0, x1, 121), np.linspace(y0, y1, 121))
        )
        alturas = paisaje.f(malla)
        reparto = (np.arange(14) + 1) / 14.5
        niveles = np.quantile(alturas, reparto ** (1.6 if paisaje.logaritmica else 1))
        plano.contour(
            *malla,
            alturas,
            levels=niveles,
            colors=estilo.COLORES["gris"],
            linewidths=0.7,
            linestyles="solid",
        )
        plano.grid(visible=False)
        plano.plot(
            *np.transpose(paisaje.minimos), "+", ms=11, mew=2, color="black", ls=""
        )
        for metodo, camino in self.trayectorias().items():
            estilos = {"color": COLORES[metodo], "lw": 1.7}
            visibles = np.clip(camino, -LEJOS, LEJOS)
            plano.plot(*visibles.T, **estilos)
            plano.plot(*visibles[-1], MARCAS[metodo], ms=7, mec="white", **estilos)
            valores = paisaje.f(camino.T)
            if paisaje.logaritmica:
                valores = np.maximum(valores, 1e-8)
            curva.plot(
                valores, label=NOMBRES[metodo], marker=MARCAS[metodo],
                markevery=[len(valores) - 1], **estilos
            )  # fmt: skip
        plano.plot(*self.inicio, "s", ms=8, color=estilo.COLORES["tinta"])
        plano.set(xlim=(x0, x1), ylim=(y0, y1), xlabel="x", ylabel="y")
        salida = float(paisaje.f(np.array(self.inicio)))
        if paisaje.logaritmica:
            curva.set(yscale="log", ylim=(5e-9, 10 * max(salida, 1.0)))
        else:
            fondo = float(alturas.min())
            curva.set_ylim(
                fondo - 0.1 * (salida - fondo), salida + 0.2 * (salida - fondo)
            )
        curva.set(xlabel="paso", title="f frente al paso")
        plano.set_title(paisaje.nombre)
        if self.metodos:
            figura.legend(
                loc="outside lower center", ncols=3, columnspacing=1, handlelength=1.5
            )


def _paisaje(valor: Any) -> str:
    if valor not in list(PAISAJES):
        raise ErrorFigura(
            f"No hay ningún paisaje {valor!r}. Los que hay: {', '.join(PAISAJES)}."
        )
    return valor


def _conocidos(dados: Any, que: str) -> None:
    raros = [m for m in dados if m not in METODOS]
    if raros:
        raise ErrorFigura(
            f"{que} nombra {raros[0]!r}, que no es ningún método. "
            f"Los que hay: {', '.join(METODOS)}."
        )
