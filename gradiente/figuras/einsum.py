"""La notación de Einstein: índices que se conservan, índices que se suman."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from typing import Any

import traitlets

from gradiente.figuras._base import ErrorFigura, Figura, modulo_es
from gradiente.figuras.difusion import forma_valida

MAYOR = 99  # tamaño máximo de un eje
EJES = 5  # de un operando
LETRAS = "ABCD"  # los operandos; la salida es S
LARGO = 60  # de la fórmula


class EinsumEjes(Figura):
    """Una fórmula de ``einsum`` y lo que hace con los ejes de sus operandos.

    El lector elige la fórmula de una lista o la escribe, cambia los tamaños y ve qué
    índices se conservan y cuáles se suman, la forma de la salida, cuántas
    multiplicaciones y sumas son y el bucle equivalente; o por qué falla. Sin flecha,
    la salida son los índices que aparecen una sola vez, en orden alfabético.

    Args:
        formula: como en ``np.einsum``, sin puntos suspensivos; hasta 60 caracteres.
        formas: la de cada operando: de 1 a 4 formas de hasta 5 ejes, de tamaño 1 a 99.

    Attributes:
        formula, formas: estado actual. En Jupyter y en Colab siguen al lector, y
            asignarlos cambia la figura.

    Raises:
        ErrorFigura: si la fórmula no es un texto o las formas no son formas. Que no
            casen entre sí no es un error: la figura explica por qué fallan.
    """

    modulo = "einsum_ejes"
    titulo = "Figura interactiva: los índices de einsum"
    _campos = ("formula", "formas")
    _esm = modulo_es(modulo)

    formula = traitlets.Any().tag(sync=True)
    formas = traitlets.Any().tag(sync=True)

    def __init__(
        self, formula: str = "ik,kj->ij", formas: Any = ((3, 4), (4, 5))
    ) -> None:
        super().__init__(formula=formula, formas=formas)

    @traitlets.validate("formula")
    def _validar_formula(self, propuesta: Any) -> str:
        texto = propuesta.value
        if not isinstance(texto, str) or len(texto) > LARGO or "\n" in texto:
            raise ErrorFigura(
                f"formula debe ser un texto de hasta {LARGO} caracteres en una línea; "
                f"se recibió {texto!r}."
            )
        return texto

    @traitlets.validate("formas")
    def _validar_formas(self, propuesta: Any) -> list[list[int]]:
        valor = propuesta.value
        if not isinstance(valor, Sequence) or not 1 <= len(valor) <= len(LETRAS):
            raise ErrorFigura(
                f"formas debe ser una sucesión de 1 a {len(LETRAS)} formas; se recibió "
                f"{valor!r}."
            )
        return [
            forma_valida(f, f"La forma de {letra}", EJES, MAYOR)
            for f, letra in zip(valor, LETRAS, strict=False)
        ]

    def __repr__(self) -> str:
        return f"EinsumEjes({self.formula!r}, {tuple(map(tuple, self.formas))})"

    def analisis(self) -> dict[str, Any]:
        """Lo que se sabe de la fórmula con las formas actuales (véase `analizar`)."""
        return analizar(self.formula, self.formas)

    def descripcion(self) -> str:
        """Qué hace la fórmula con cada índice, o por qué falla, en palabras."""
        a = self.analisis()
        texto = (
            f"La fórmula «{self.formula}» de einsum con operandos de formas "
            f"{enumerar([_texto(f) for f in self.formas])}. "
        )
        if "error" in a:
            return (
                texto
                + f"Falla. {a['error']} La fórmula y las formas se pueden cambiar."
            )
        for i in sorted(a["tamanos"], key=a["orden"].index):
            texto += f"Índice {i}, de tamaño {a['tamanos'][i]}: {explicar(i, a)}. "
        texto += (
            f"La salida tiene forma {_texto(a['forma'])}; el bucle equivalente da "
            f"{a['vueltas']} vueltas, con {a['multiplicaciones']} multiplicaciones y "
            f"{a['sumas']} sumas. "
        )
        return texto + " ".join([*a["avisos"], "La fórmula y las formas se cambian."])

    def _dibujar(self, figura: Any) -> None:
        from gradiente import estilo

        a = self.analisis()
        figura.set_size_inches(6.4, 3.0)
        ejes = figura.subplots()
        ejes.set_axis_off()
        ejes.set_aspect("equal")
        ejes.set_title(self.formula)
        if "error" in a:
            import textwrap

            ejes.text(0, 0, textwrap.fill(a["error"], 50), va="center")
            ejes.set(xlim=(-0.5, 20), ylim=(-3, 3))
            return
        tonos = dict(zip(a["tamanos"], itertools.cycle(_COLORES), strict=False))
        unidad = 5 / max([1, *a["tamanos"].values()])
        x = 0.0
        piezas = [*zip(LETRAS, a["operandos"], strict=False), ("S", a["salida"])]
        for k, (nombre, indices) in enumerate(piezas):
            if k:
                signo = "→" if nombre == "S" else "×"
                ejes.text(x - 2.3, -2.5, signo, ha="center", va="center", fontsize=15)
            forma = [a["tamanos"][i] for i in indices]
            ancho = unidad * (forma[-1] if forma else 1)
            alto = unidad * (forma[-2] if len(forma) > 1 else 1)
            fondo = 0.5 if len(forma) > 2 else 0.0
            y = -2.5 + alto / 2
            texto = f"{nombre} {_texto(forma)}"
            ejes.text(x, -2.5 - alto / 2 - 0.9, texto, fontsize=10, fontweight="bold")
            _tensor(
                ejes, indices, forma, (x, y, ancho, alto, fondo), tonos, a["salida"]
            )
            x += max(ancho + fondo, 0.32 * len(texto)) + 3.8
        ejes.set(xlim=(-1.5, max(x - 1.5, 12)), ylim=(-7, 1.5))
        sumados = enumerar(a["sumados"])
        pie = f"Se {'suman' if len(a['sumados']) > 1 else 'suma'} {sumados}"
        tinta = estilo.COLORES["gris"]
        ejes.text(0, -6.9, pie if sumados else "No se suma nada", color=tinta)


def enumerar(cosas: Sequence[str]) -> str:
    """«A», «A y B», «A, B y C»."""
    if len(cosas) < 2:
        return "".join(cosas)
    return f"{', '.join(cosas[:-1])} y {cosas[-1]}"


def leer_formula(formula: str) -> dict[str, Any]:
    """Parte la fórmula: ``operandos`` y ``salida`` (índices), o ``error``."""
    limpia = re.sub(r"\s", "", formula)
    if "." in limpia:
        return {
            "error": "Los puntos suspensivos valen en NumPy, pero esta figura no los "
            "admite."
        }
    trozos = limpia.split("->")
    if len(trozos) > 2:
        return {"error": "Hay más de una flecha «->»: la salida es una sola."}
    raros = re.sub(r"[A-Za-z,]", "", "".join(trozos))
    if raros:
        return {
            "error": f"«{raros[0]}» no es un índice: la fórmula lleva letras, comas y "
            "una flecha «->»."
        }
    if "," in trozos[-1] and len(trozos) == 2:
        return {"error": "La salida es una sola: detrás de la flecha no van comas."}
    operandos = [list(t) for t in trozos[0].split(",")]
    if len(operandos) > len(LETRAS):
        return {"error": f"La figura admite hasta {len(LETRAS)} operandos."}
    if max(map(len, operandos)) > EJES:
        return {"error": f"La figura admite operandos de hasta {EJES} ejes."}
    todos = list(itertools.chain(*operandos))
    if len(trozos) == 1:
        salida = sorted(i for i in set(todos) if todos.count(i) == 1)
        return {"operandos": operandos, "salida": salida}
    salida = list(trozos[1])
    leida = {"operandos": operandos, "salida": salida}
    for k, i in enumerate(salida):
        if i in salida[:k]:
            leida["error"] = (
                f"El índice {i} está dos veces en la salida: cada eje de la salida "
                "lleva su propio índice."
            )
            return leida
    for i in salida:
        if i not in todos:
            leida["error"] = (
                f"El índice {i} de la salida no está en ningún operando: no se sabe "
                "qué poner en ese eje."
            )
            return leida
    return leida


def analizar(formula: str, formas: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Índices, tamaños, forma de la salida y operaciones; o ``error``, con el porqué.

    Args:
        formula: como en ``np.einsum``.
        formas: la de cada operando.

    Returns:
        ``operandos`` y ``salida`` (listas de índices), ``tamanos`` (por índice),
        ``orden`` (primero los de la salida), ``sumados``, ``forma``, ``vueltas``,
        ``multiplicaciones``, ``sumas`` y ``avisos``; o solo lo leído y ``error``.
    """
    leida = leer_formula(formula)
    if "error" in leida:
        return leida
    operandos, salida = leida["operandos"], leida["salida"]
    if len(operandos) != len(formas):
        error = (
            f"La fórmula tiene {_cuantos(len(operandos), 'operando')} y se "
            f"{'da' if len(formas) == 1 else 'dan'} {_cuantos(len(formas), 'forma')}."
        )
        return leida | {"error": error}
    for letra, indices, forma in zip(LETRAS, operandos, formas, strict=False):
        if len(indices) != len(forma):
            error = (
                f"{letra} lleva {_cuantos(len(indices), 'índice')} "
                f"(«{''.join(indices)}») y su forma {_texto(forma)} tiene "
                f"{_cuantos(len(forma), 'eje')}."
            )
            return leida | {"error": error}
    tamanos: dict[str, int] = {}
    avisos = []
    for i in dict.fromkeys(itertools.chain(*operandos)):
        sitios = [
            (j, eje, formas[j][eje])
            for j, indices in enumerate(operandos)
            for eje, otro in enumerate(indices)
            if otro == i
        ]
        n = max(s[2] for s in sitios)
        distintos = [s for s in sitios if s[2] != n]
        if distintos:
            primero = next(s for s in sitios if s[2] == n)
            p, q = sorted([primero, distintos[0]])
            # Un 1 se repite solo de un operando a otro, nunca dentro del mismo.
            por_operando = {(j, m) for j, _, m in sitios}
            mezcla = len(por_operando) > len({j for j, *_ in sitios})
            if mezcla or any(s[2] != 1 for s in distintos):
                error = (
                    f"El índice {i} tiene dos tamaños: {p[2]} en el eje {p[1]} de "
                    f"{LETRAS[p[0]]} y {q[2]} en el eje {q[1]} de {LETRAS[q[0]]}."
                )
                return leida | {"error": error}
            avisos.append(
                f"El índice {i} mide 1 en {LETRAS[distintos[0][0]]} y {n} en "
                f"{LETRAS[primero[0]]}: NumPy, PyTorch y JAX repiten el 1, como en el "
                "broadcasting; TensorFlow lo rechaza."
            )
        tamanos[i] = n
    sumados = [i for i in tamanos if i not in salida]
    vueltas = math.prod(tamanos.values())
    return leida | {
        "tamanos": tamanos,
        "orden": [*salida, *sumados],
        "sumados": sumados,
        "forma": [tamanos[i] for i in salida],
        "vueltas": vueltas,
        "multiplicaciones": vueltas * (len(operandos) - 1),
        "sumas": vueltas if sumados else 0,
        "avisos": avisos,
    }


def explicar(i: str, analisis: dict[str, Any]) -> str:
    """Qué le pasa al índice ``i``, con las mismas palabras que la figura."""
    operandos, salida = analisis["operandos"], analisis["salida"]
    donde = [k for k, o in zip(LETRAS, operandos, strict=False) if i in o]
    repetidos = [k for k, o in zip(LETRAS, operandos, strict=False) if o.count(i) > 1]
    sitio = f"en {enumerar(donde)}"
    diagonal = f"; repetido en {repetidos[0]}, recorre su diagonal" if repetidos else ""
    if i not in salida:
        return f"{sitio} y no en la salida: se suma{diagonal}"
    pareja = ", emparejado" if len(donde) > 1 else ""
    return f"{sitio} y en la salida: se conserva{pareja}{diagonal}"


def _texto(forma: Sequence[int]) -> str:
    return str(tuple(forma))


def _cuantos(n: int, cosa: str) -> str:
    return f"{n} {cosa}{'' if n == 1 else 's'}"


_COLORES = ("#0a6ebd", "#c24a00", "#007d63", "#5a1a78", "#4d3b00", "#1f2328")


def _tensor(
    ejes: Any,
    indices: list[str],
    forma: list[int],
    caja: tuple[float, float, float, float, float],
    tonos: dict[str, str],
    salida: list[str],
) -> None:
    """Un rectángulo con cada lado del color de su índice, de trazos si se suma."""
    from matplotlib.patches import Rectangle

    x, y, ancho, alto, fondo = caja
    for d in (fondo, 0) if fondo else (0,):
        cara = Rectangle((x + d, y - alto + d), ancho, alto, fc="#f1f3f5", ec="#646a73")
        ejes.add_patch(cara)
    lados = [
        ([x, x + ancho], [y, y], x + fondo + ancho / 2, y + fondo + 0.25, "center"),
        ([x, x], [y, y - alto], x - 0.2, y - alto / 2, "right"),
        ([x, x + fondo], [y, y + fondo], x + fondo / 2 - 0.1, y + fondo, "right"),
    ]
    for i, n, (xs, ys, tx, ty, ancla) in zip(
        indices[::-1], forma[::-1], lados, strict=False
    ):
        trazo = "-" if i in salida else (0, (1.5, 1))
        ejes.plot(xs, ys, color=tonos[i], lw=3, ls=trazo, solid_capstyle="butt")
        ejes.text(
            tx, ty, f"{i} {n}", ha=ancla, color=tonos[i], fontsize=10, fontweight="bold"
        )
