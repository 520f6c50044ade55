"""Ejecuta los cuadernos de un solo marco en procesos ya calientes.

De cada sección salen cinco ejecuciones («solo PyTorch», «solo JAX» y «solo Keras» con
sus tres motores), menos las que serían el mismo programa otra vez. Un núcleo de Jupyter
por ejecución pasaría más tiempo importando marcos que enseñando: aquí hay un proceso
por motor que importa una vez y se bifurca (`os.fork`) para cada cuaderno. El hijo
ejecuta las celdas en un intérprete de IPython limpio y muere; nada de un cuaderno llega
al siguiente.

La regla es la misma que en `make cuadernos`: una excepción, un texto en stderr (los
avisos lo son) o una celda `raises-exception` que no falla son errores.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from herramientas import alcance, entorno, fuentes, nucleo
from herramientas.derivar import solo_marco
from herramientas.huella import huella

# motor -> (marco, módulos que el proceso caliente importa en este orden, variables)
MOTORES: dict[str, tuple[str | None, tuple[str, ...], dict[str, str]]] = {
    "completo": (None, nucleo.TRES_MARCOS, {}),
    "pytorch": ("pytorch", ("torch",), {}),
    "keras-tensorflow": (
        "keras",
        ("tensorflow", "keras"),
        {"KERAS_BACKEND": "tensorflow"},
    ),
    "keras-jax": ("keras", ("jax", "keras"), {"KERAS_BACKEND": "jax"}),
    "keras-torch": ("keras", ("torch", "keras"), {"KERAS_BACKEND": "torch"}),
    "jax": ("jax", ("jax", "optax"), {}),
}
# Los motores de cada día: «completo» lo cubre nbval, que de los labs repite también los
# cuadernos de cada marco (Keras, con su motor por omisión). El carril Colab pide esos.
DE_CADA_DIA = tuple(m for m in MOTORES if m != "completo")
DE_CADA_DIA_EN_LABS = ("keras-jax", "keras-torch")
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Resultado:
    """Qué pasó con un cuaderno: sin `error`, todo fue bien. `segundos` y `megas`."""

    nombre: str
    motor: str
    segundos: float
    megas: float
    error: str = ""


# --------------------------------------------------------------------------- el hijo


def ejecutar_celdas(cuaderno: dict, nombre: str) -> str:
    """Ejecuta las celdas de código en este proceso; devuelve el error o "".

    `cuaderno` es el JSON de un .ipynb. Cambia variables globales del proceso (IPython,
    stdout, stderr): se llama en un hijo desechable.
    """
    from IPython.core.interactiveshell import InteractiveShell
    from matplotlib_inline.config import InlineBackend

    consola = InteractiveShell.instance()
    InlineBackend.instance(parent=consola)
    for k, celda in enumerate(cuaderno["cells"], start=1):
        if celda["cell_type"] != "code":
            continue
        etiquetas = celda["metadata"].get("tags", [])
        codigo = "".join(celda["source"])
        salida, errores = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(salida), contextlib.redirect_stderr(errores):
            hecho = consola.run_cell(codigo, store_history=False)
        falla = hecho.error_before_exec or hecho.error_in_exec
        if "raises-exception" in etiquetas:
            if falla is None:
                return f"{nombre}, celda {k}: lleva «raises-exception» y no ha fallado"
            continue
        if falla is not None:
            traza = "".join(traceback.format_exception(falla))
            return f"{nombre}, celda {k}:\n{codigo}\n\n{ANSI.sub('', traza)}"
        if errores.getvalue().strip():
            return (
                f"{nombre}, celda {k}: escribe en stderr (los avisos son errores):\n"
                f"{ANSI.sub('', errores.getvalue())}"
            )
    return ""


def _hijo(tarea: dict, tuberia: int) -> None:
    """Cuerpo del proceso bifurcado: ejecuta y manda el error por la tubería."""
    error = ""
    try:
        with tempfile.TemporaryDirectory() as carpeta:
            os.chdir(carpeta)
            with Path(tarea["ruta"]).open(encoding="utf-8") as f:
                error = ejecutar_celdas(json.load(f), tarea["nombre"])
            os.chdir("/")
    except BaseException:
        error = f"{tarea['nombre']}: {traceback.format_exc()}"
    with os.fdopen(tuberia, "w", encoding="utf-8") as f:
        f.write(error)
    os._exit(0)


# ------------------------------------------------------------------ el proceso caliente


def _leer_con_limite(tuberia: int, hijo: int, limite: float) -> str | None:
    """Lee la tubería hasta el final; pasado `limite` (s) mata al hijo y da None."""
    trozos, fin = [], time.monotonic() + limite
    with selectors.DefaultSelector() as selector:
        selector.register(tuberia, selectors.EVENT_READ)
        while True:
            resto = fin - time.monotonic()
            if resto <= 0 or not selector.select(resto):
                os.kill(hijo, signal.SIGKILL)
                return None
            trozo = os.read(tuberia, 1 << 16)
            if not trozo:
                return b"".join(trozos).decode("utf-8")
            trozos.append(trozo)


def obrero(motor: str) -> None:
    """Importa lo del motor y responde a cada tarea JSON de stdin con una línea.

    Una tarea es `{"ruta": …, "nombre": …, "limite": segundos}`; la primera línea que
    escribe es `{"importar": segundos}`.
    """
    respuestas = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # lo que los hijos escriban a bajo nivel no se mezcla con respuestas
    inicio = time.monotonic()
    for modulo in (*MOTORES[motor][1], *nucleo.COMUNES, "IPython"):
        __import__(modulo)
    print(json.dumps({"importar": time.monotonic() - inicio}), file=respuestas)
    respuestas.flush()
    for linea in sys.stdin:
        tarea = json.loads(linea)
        inicio = time.monotonic()
        lectura, escritura = os.pipe()
        hijo = os.fork()
        if hijo == 0:
            os.close(lectura)
            _hijo(tarea, escritura)
        os.close(escritura)
        error = _leer_con_limite(lectura, hijo, tarea["limite"])
        os.close(lectura)
        _, estado, uso = os.wait4(hijo, 0)
        if error is None:
            error = f"{tarea['nombre']}: más de {tarea['limite']:.0f} s; se ha cortado"
        elif estado != 0:
            error = f"{tarea['nombre']}: el proceso ha muerto (estado {estado})"
        respuesta = {
            "segundos": time.monotonic() - inicio,
            "megas": uso.ru_maxrss / 1024,
            "error": error,
        }
        print(json.dumps(respuesta), file=respuestas)
        respuestas.flush()


# ------------------------------------------------------------------------- quien manda


def _programa(cuaderno: dict, motor: str) -> tuple[str, str | None]:
    """Lo que distingue una ejecución de otra: la huella y, si usa Keras, su motor."""
    usa_keras = any(
        "keras" in celda["source"].lower()
        for celda in cuaderno["cells"]
        if celda["cell_type"] == "code" and celda.get("id") != "preparacion"
    )
    return huella(cuaderno), MOTORES[motor][2].get(
        "KERAS_BACKEND"
    ) if usa_keras else None


def tareas(
    rutas: list[Path], motores: list[str] | None, carpeta: Path
) -> tuple[dict[str, list], list[str]]:
    """Escribe los cuadernos derivados en `carpeta` y los reparte por motor.

    `motores`: los pedidos; None, los de cada día. Da también los nombres de los que no
    hacen falta: su programa es, letra por letra, el de otro de la misma sección que se
    ejecuta aquí o, en los de cada día, el de la sección entera, que repite nbval.
    """
    import nbformat

    reparto: dict[str, list] = {motor: [] for motor in motores or DE_CADA_DIA}
    iguales = []
    for ruta in rutas:
        cuaderno = fuentes.leer(ruta)
        es_lab = "solutions" in ruta.parts
        vistos = set() if motores or es_lab else {_programa(cuaderno, "completo")}
        for motor in motores or (DE_CADA_DIA_EN_LABS if es_lab else DE_CADA_DIA):
            marco = MOTORES[motor][0]
            if marco is None and es_lab:
                continue  # un lab no tiene cuaderno con los tres marcos
            nb = cuaderno if marco is None else solo_marco(cuaderno, marco)
            nombre = f"{ruta.relative_to(fuentes.RAIZ)} [{motor}]"
            programa = _programa(nb, motor)
            if programa in vistos:
                iguales.append(nombre)
                continue
            vistos.add(programa)
            destino = carpeta / f"{len(list(carpeta.iterdir()))}.ipynb"
            nbformat.write(nb, destino)
            limite = 300.0 if es_lab else 180.0
            reparto[motor].append(
                {"ruta": str(destino), "nombre": nombre, "limite": limite}
            )
    return reparto, iguales


def atender(
    motor: str, lista: list[dict], anunciar, compilado: Path | None = None
) -> tuple[float, list[Resultado]]:
    """Arranca el obrero de un motor y le pasa sus tareas.

    `compilado`: carpeta en que JAX guarda lo que compila, común a los obreros. Devuelve
    los segundos que costó importar y los resultados, en orden.
    """
    with entorno.entorno() as variables:
        variables |= MOTORES[motor][2] | nucleo.EN_LINEA
        if compilado:
            variables |= entorno.guardar_compilado(compilado)
        return _dialogar(motor, lista, anunciar, variables)


def _dialogar(
    motor: str, lista: list[dict], anunciar, variables: dict[str, str]
) -> tuple[float, list[Resultado]]:
    """El diálogo de `atender` con su obrero, ya con el entorno preparado."""
    proceso = subprocess.Popen(
        [sys.executable, "-m", "herramientas.derivados", motor],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=variables,
        cwd=fuentes.RAIZ,
    )
    resultados = []
    # stderr se vacía aparte: una tubería llena detendría al obrero
    with ThreadPoolExecutor(1) as vaciar, proceso:
        ruido = vaciar.submit(proceso.stderr.read)
        importar = 0.0
        saludo = proceso.stdout.readline()
        if saludo:
            importar = json.loads(saludo)["importar"]
        for tarea in lista:
            respuesta = ""
            if saludo:
                proceso.stdin.write(json.dumps(tarea) + "\n")
                proceso.stdin.flush()
                respuesta = proceso.stdout.readline()
            if respuesta:
                r = Resultado(tarea["nombre"], motor, **json.loads(respuesta))
            else:
                proceso.stdin.close()
                detalle = ruido.result()[-2000:]
                r = Resultado(
                    tarea["nombre"], motor, 0, 0, f"el obrero no responde:\n{detalle}"
                )
                saludo = ""
            resultados.append(r)
            anunciar(r)
        if not proceso.stdin.closed:
            proceso.stdin.close()
    return importar, resultados


def configurar(analizador: argparse.ArgumentParser) -> None:
    """Añade las opciones de la orden `derivados`."""
    analizador.add_argument("rutas", nargs="*", type=Path, help="fuentes .md (todas)")
    analizador.add_argument(
        "--motor", nargs="+", choices=MOTORES, help="los de cada día"
    )
    analizador.add_argument("-j", type=int, default=os.cpu_count(), help="procesos")
    analizador.add_argument(
        "--sin-labs", action="store_true", help="solo las secciones"
    )
    analizador.add_argument(
        "--cupo", type=int, help="si hay más fuentes, solo lo cambiado y un turno"
    )
    analizador.add_argument(
        "--memoria", type=float, default=3072, help="tope por cuaderno, en MB"
    )


def ejecutar(args: argparse.Namespace) -> int:
    """Ejecuta los derivados pedidos y resume; devuelve 1 si alguno falla."""
    rutas = [ruta.resolve() for ruta in args.rutas] or fuentes.fuentes()
    if args.sin_labs:
        rutas = [ruta for ruta in rutas if "solutions" not in ruta.parts]
    rutas = alcance.elegir(rutas, args.cupo)

    def anunciar(r: Resultado) -> None:
        marca = "mal" if r.error else "bien"
        coste = f"{r.segundos:6.1f} s  {r.megas:5.0f} MB"
        print(f"{marca}  {coste}  {r.nombre}", flush=True)

    with (
        tempfile.TemporaryDirectory() as carpeta,
        tempfile.TemporaryDirectory() as compilado,
        ThreadPoolExecutor(args.j) as equipo,
    ):
        reparto, iguales = tareas(rutas, args.motor, Path(carpeta))
        # un motor con muchas tareas se parte para que ningún núcleo se quede solo
        lotes = [
            (motor, lista[i::2] if len(lista) > 20 else lista)
            for motor, lista in reparto.items()
            for i in range(2 if len(lista) > 20 else 1)
            if lista
        ]
        hechos = list(
            equipo.map(lambda lote: atender(*lote, anunciar, Path(compilado)), lotes)
        )
    resultados = [r for _, lista in hechos for r in lista]
    gordos = [r for r in resultados if r.megas > args.memoria]
    malos = [r for r in resultados if r.error]
    for r in malos:
        print(f"\n=== {r.nombre}\n{r.error}", file=sys.stderr)
    for r in gordos:
        print(f"{r.nombre}: {r.megas:.0f} MB, tope {args.memoria:.0f}", file=sys.stderr)
    importar = sum(segundos for segundos, _ in hechos)
    print(
        f"Derivados: {len(resultados) - len(malos)} bien, {len(malos)} mal; "
        f"{sum(r.segundos for r in resultados):.0f} s de cuadernos y "
        f"{importar:.0f} s de importaciones. Otros {len(iguales)} no se repiten: su "
        "programa es el de otro ya ejecutado."
    )
    if not (resultados or iguales):
        print("No había ningún cuaderno que ejecutar.", file=sys.stderr)
    return int(bool(malos or gordos or not (resultados or iguales)))


if __name__ == "__main__":
    obrero(sys.argv[1])
