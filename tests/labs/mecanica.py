"""Pone a prueba las comprobaciones de un lab, en un marco y en un solo proceso.

Ejecuta las celdas del lab en orden. Al llegar a un ejercicio (una celda de solución y
las comprobaciones que la siguen) prueba, cada una en una copia de las variables:

- el talón intacto, que debe fallar en CADA comprobación;
- cada respuesta errónea de `respuestas/<lab>.yaml`, que alguna comprobación debe
  rechazar con un `AssertionError` que diga algo (las marcadas con `vale: true` son
  otras maneras correctas de hacerlo, y ninguna comprobación debe rechazarlas);

y sigue con la solución, que debe pasarlas todas. `revisar` devuelve un informe.

Al escribir un lab, `python tests/labs/mecanica.py LAB MARCO` muestra qué dice cada
comprobación de cada respuesta errónea.

El archivo de respuestas tiene, por `grade_id` de la celda de solución, una lista de
respuestas con `nombre` y una de estas dos cosas:

- `cambia: [[viejo, nuevo], …]`: sustituciones en el código entre las marcas;
- `cuerpo: código`: lo que se pone en lugar del primer bloque de solución.

Cualquiera de las dos puede ser un diccionario por marco; la respuesta se prueba solo en
los marcos que nombre.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml
from nbformat import NotebookNode

from herramientas import fuentes
from herramientas.derivar import sin_soluciones, solo_marco
from herramientas.entorno import guardar_compilado

AQUI = Path(__file__).parent
MINIMO = 3  # respuestas erróneas por ejercicio y marco


class ErrorRespuestas(Exception):
    """El archivo de respuestas no casa con el lab."""


@dataclass
class Informe:
    """Qué se ha probado de un lab y qué no se cumple (`fallos`, en frases).

    `rechazos` da, por respuesta errónea, lo que dice la comprobación que la rechaza;
    `segundos` son de procesador y `megas`, el máximo de memoria residente.
    """

    ejercicios: list[str] = field(default_factory=list)
    rechazos: dict[str, str] = field(default_factory=dict)
    fallos: list[str] = field(default_factory=list)
    sin_datos: str = ""
    segundos: float = 0.0
    megas: float = 0.0


def labs() -> list[str]:
    """Nombres de los labs del repositorio: `01-mnist-softmax`…"""
    return [r.stem for r in fuentes.fuentes() if r.parent.name == "solutions"]


def respuestas_de(lab: str, carpeta: Path = AQUI / "respuestas") -> dict[str, list]:
    """Respuestas erróneas de un lab, por `grade_id` de su celda de solución."""
    ruta = carpeta / f"{lab}.yaml"
    if not ruta.is_file():
        raise ErrorRespuestas(
            f"falta {ruta.name}: cada lab trae al menos {MINIMO} respuestas erróneas "
            "por ejercicio, que sus comprobaciones deben rechazar"
        )
    return yaml.safe_load(ruta.read_text(encoding="utf-8")) or {}


def aplicar(respuesta: dict[str, Any], codigo: str, marco: str) -> str | None:
    """La celda de solución con la respuesta errónea; None si no es de este marco."""
    orden = "cambia" if "cambia" in respuesta else "cuerpo"
    contenido = respuesta.get(orden)
    if isinstance(contenido, dict):
        contenido = contenido.get(marco)
        if contenido is None:
            return None
    renglones = codigo.splitlines()
    bloques = list(fuentes.bloques_solucion(codigo))
    if orden == "cuerpo":
        inicio, fin = bloques[0]
        nuevo = _con_sangria(renglones[inicio], fuentes.INICIO_SOLUCION, contenido)
        return "\n".join([*renglones[:inicio], nuevo, *renglones[fin + 1 :]])
    for viejo, nuevo in contenido:
        antes = "\n".join(renglones)
        for inicio, fin in bloques:
            for n in range(inicio, fin + 1):
                renglones[n] = _con_sangria(renglones[n], viejo, nuevo)
        if "\n".join(renglones) == antes:
            raise ErrorRespuestas(
                f"«{respuesta['nombre']}»: la solución ya no contiene «{viejo}»"
            )
    return "\n".join(renglones)


def _con_sangria(renglon: str, viejo: str, nuevo: str) -> str:
    """Sustituye en un renglón; si `nuevo` tiene varios, todos llevan su sangría."""
    sangria = renglon[: -len(renglon.lstrip())] if renglon.strip() else ""
    return renglon.replace(viejo, nuevo.replace("\n", "\n" + sangria))


def _nbgrader(celda: NotebookNode) -> dict[str, Any]:
    return celda.metadata.get("nbgrader", {})


def _es_solucion(celda: NotebookNode) -> bool:
    return celda.cell_type == "code" and bool(_nbgrader(celda).get("solution"))


def _es_comprobacion(celda: NotebookNode) -> bool:
    datos = _nbgrader(celda)
    return bool(
        celda.cell_type == "code" and datos.get("grade") and not datos.get("solution")
    )


def _tramo(celdas: list[NotebookNode], i: int) -> list[NotebookNode]:
    """Las celdas de código de un ejercicio: de su solución a su última comprobación."""
    fin = i
    for j in range(i + 1, len(celdas)):
        if _es_solucion(celdas[j]):
            break
        if _es_comprobacion(celdas[j]):
            fin = j
    return [c for c in celdas[i : fin + 1] if c.cell_type == "code"]


def correr(codigo: str, variables: dict[str, Any]) -> BaseException | None:
    """Ejecuta el código de una celda, callado; devuelve la excepción o None."""
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            exec(compile(codigo, "<celda>", "exec"), variables)
    except Exception as error:
        return error
    return None


def _juzgar(
    nombre: str, tramo: list[NotebookNode], primera: str, base: dict[str, Any]
) -> Iterator[tuple[str, BaseException | None]]:
    """Ejecuta un tramo con otra primera celda; qué dice cada comprobación."""
    variables = dict(base)
    error = correr(primera, variables)
    if error is not None:
        raise ErrorRespuestas(f"«{nombre}» ni siquiera se define: {error!r}")
    for celda in tramo[1:]:
        error = correr(celda.source, variables)
        if _es_comprobacion(celda):
            yield _nbgrader(celda)["grade_id"], error


def _probar_ejercicio(
    tramo: list[NotebookNode],
    talon: str,
    respuestas: list[dict],
    marco: str,
    variables: dict[str, Any],
    informe: Informe,
) -> None:
    """Prueba el talón y las respuestas erróneas de un ejercicio."""
    clave = _nbgrader(tramo[0])["grade_id"]
    fallo = informe.fallos.append
    for comprobacion, error in _juzgar("talón", tramo, talon, variables):
        if not isinstance(error, NotImplementedError | AssertionError):
            fallo(f"{comprobacion}: el talón intacto no la hace fallar ({error!r})")
    probadas = 0
    for respuesta in respuestas:
        nombre = f"{clave}, «{respuesta['nombre']}»"
        try:
            codigo = aplicar(respuesta, tramo[0].source, marco)
            if codigo is None:
                continue
            probadas += 1
            veredictos = _juzgar(nombre, tramo, codigo, variables)
            error = next((e for _, e in veredictos if e is not None), None)
        except ErrorRespuestas as problema:
            fallo(f"{clave}: {problema}")
            continue
        if respuesta.get("vale"):
            probadas -= 1
            if error is not None:
                fallo(f"{nombre}: es correcta y la comprobación dice {error!r}")
        elif error is None:
            fallo(f"{nombre}: las comprobaciones aceptan esta respuesta errónea")
        elif not isinstance(error, AssertionError):
            fallo(
                f"{nombre}: la comprobación se rompe con {error!r} "
                "en vez de decir qué mirar"
            )
        elif not str(error).strip():
            fallo(f"{nombre}: la comprobación falla sin decir qué mirar")
        else:
            informe.rechazos[nombre] = str(error)
    if probadas < MINIMO:
        fallo(f"{clave}: solo {probadas} respuestas erróneas; son al menos {MINIMO}")


def revisar(
    cuaderno: NotebookNode,
    marco: str,
    respuestas: dict[str, list],
    raiz: Path = fuentes.RAIZ,
) -> Informe:
    """Prueba el lab (lo que da `fuentes.leer`) en un marco."""
    informe, inicio = Informe(), time.process_time()
    resuelto = solo_marco(cuaderno, marco, raiz)
    talones = {
        _nbgrader(celda)["grade_id"]: celda.source
        for celda in sin_soluciones(resuelto).cells
        if _es_solucion(celda)
    }
    for sobra in sorted(set(respuestas) - set(talones)):
        informe.fallos.append(f"{sobra}: hay respuestas, pero no esa celda de solución")
    variables: dict[str, Any] = {"__name__": "__main__"}
    for i, celda in enumerate(resuelto.cells):
        if celda.cell_type != "code":
            continue
        if _es_solucion(celda):
            clave = _nbgrader(celda)["grade_id"]
            tramo = _tramo(resuelto.cells, i)
            informe.ejercicios.append(clave)
            if len(tramo) == 1:
                informe.fallos.append(f"{clave}: no tiene ninguna comprobación")
            else:
                argumentos = (talones[clave], respuestas.get(clave, []), marco)
                _probar_ejercicio(tramo, *argumentos, variables, informe)
        error = correr(celda.source, variables)
        if type(error).__name__ == "DatosNoDisponibles":
            informe.sin_datos = str(error)
            return informe
        if error is not None:
            traza = "".join(traceback.format_exception(error))
            informe.fallos.append(f"la solución falla:\n{celda.source}\n\n{traza}")
            break  # lo que sigue depende de esto
    informe.segundos = time.process_time() - inicio
    informe.megas = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return informe


def main(lab: str, marco: str) -> None:
    """Revisa un lab del repositorio; deja el informe en JSON como última línea."""
    import matplotlib

    matplotlib.use("agg")
    cuaderno = fuentes.leer(fuentes.RAIZ / "solutions" / f"{lab}.md")
    with tempfile.TemporaryDirectory() as carpeta:
        # Cada respuesta rehace las funciones, y con ellas la compilación de JAX. Lo ya
        # compilado vale para la siguiente: el programa es el mismo.
        os.environ |= guardar_compilado(carpeta)
        informe = revisar(cuaderno, marco, respuestas_de(lab))
    for nombre, mensaje in informe.rechazos.items():
        print(f"{nombre}\n    -> {mensaje}")
    for fallo in informe.fallos:
        print(f"FALLO {fallo}")
    print(json.dumps(asdict(informe), ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
