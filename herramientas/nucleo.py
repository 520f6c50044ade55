"""Núcleos de Jupyter ya calientes: importan los marcos una vez y se bifurcan.

Repetir un cuaderno con nbval arranca un núcleo, y el núcleo pasa más tiempo importando
los tres marcos que ejecutando celdas. Aquí un proceso, el semillero, los importa una
sola vez en el entorno que se le da y se bifurca (`os.fork`) por cada núcleo pedido. El
hijo es un núcleo corriente con esos módulos ya en memoria: nada de un cuaderno llega al
siguiente. `make cuadernos` arranca siempre en frío, y `validar --en-frio` también.

Jupyter arranca un recadero, que es lo que dice la `kernel.json`: pide el núcleo al
semillero y queda a la espera. Su conexión los ata: si Jupyter mata al recadero, el
núcleo y todos sus hijos mueren; si el núcleo termina, el recadero también.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

NOMBRE = "gradiente-caliente"
#: Lo que importan los cuadernos, en el orden en que lo importan.
COMUNES = ("numpy", "scipy.special", "sklearn.linear_model", "matplotlib.pyplot")
TRES_MARCOS = ("torch", "tensorflow", "keras", "jax", "optax")
MODULOS = (*COMUNES, *TRES_MARCOS, "ipykernel.kernelapp")
#: El motor gráfico que pone ipykernel; matplotlib lo lee al importarse.
EN_LINEA = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
_INTERRUMPIR = b"I"
_LISTO = b"L"


@contextlib.contextmanager
def semillero(
    variables: Mapping[str, str], modulos: Sequence[str] = MODULOS
) -> Iterator[dict[str, str]]:
    """Da `variables` más lo necesario para pedir núcleos `NOMBRE` mientras dura.

    `variables` es el entorno en que se importan los módulos. Al salir, el semillero y
    los núcleos que queden vivos mueren. Lanza `RuntimeError` si no llega a arrancar.
    """
    with tempfile.TemporaryDirectory(prefix="gradiente-") as carpeta:
        buzon = str(Path(carpeta) / "buzon")
        ficha = Path(carpeta) / "kernels" / NOMBRE / "kernel.json"
        ficha.parent.mkdir(parents=True)
        orden = [sys.executable, "-m", "herramientas.nucleo"]
        argv = [*orden, "pedir", buzon, "{connection_file}"]
        datos = {"argv": argv, "display_name": NOMBRE, "language": "python"}
        ficha.write_text(json.dumps(datos), encoding="utf-8")
        proceso = subprocess.Popen(
            [*orden, "servir", buzon, *modulos],
            env={**variables, **EN_LINEA},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        ruido: list[bytes] = []
        # stderr se vacía aparte: una tubería llena detendría al semillero
        vaciar = threading.Thread(target=lambda: ruido.extend(proceso.stderr))
        vaciar.start()
        try:
            if proceso.stdout.readline().strip() != _LISTO:
                proceso.wait()
                vaciar.join()
                dicho = b"".join(ruido).decode(errors="replace").strip()
                raise RuntimeError(f"El semillero de núcleos no arranca:\n{dicho}")
            rutas = [carpeta, variables.get("JUPYTER_PATH", "")]
            yield {**variables, "JUPYTER_PATH": os.pathsep.join(filter(None, rutas))}
        finally:
            proceso.stdin.close()  # el semillero lo ve y termina con sus núcleos
            proceso.wait()
            vaciar.join()
            proceso.stdout.close()
            proceso.stderr.close()


def servir(buzon: str, modulos: Sequence[str]) -> None:
    """Importa `modulos` y da un núcleo a cada conexión, hasta que se cierre stdin."""
    for modulo in modulos:
        __import__(modulo)
    vida, latido = os.pipe()  # solo el semillero tiene `latido`: al morir, se cierra
    with socket.socket(socket.AF_UNIX) as puerta:
        puerta.bind(buzon)
        puerta.listen()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nadie espera a los núcleos
        print(_LISTO.decode(), flush=True)
        threading.Thread(target=_morir_con_quien_manda, daemon=True).start()
        while True:
            conexion, _ = puerta.accept()
            if os.fork() == 0:
                puerta.close()
                os.close(latido)
                _nucleo(conexion, vida)
            conexion.close()


def _morir_con_quien_manda() -> None:
    """Termina cuando se cierra stdin, y con él sus núcleos, que pierden el latido."""
    sys.stdin.buffer.read()
    os._exit(0)


def _nucleo(conexion: socket.socket, vida: int) -> None:
    """Cuerpo del hijo: el núcleo que pide la conexión; no vuelve."""
    os.setsid()  # sus procesos mueren con él
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nada = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # los que hereda son la conversación del semillero
        os.dup2(nada, descriptor)
    pedido = json.loads(conexion.makefile("rb").readline())
    os.environ.clear()
    os.environ.update(pedido["entorno"])
    os.environ["JPY_PARENT_PID"] = "0"  # de quién depende lo mira _obedecer
    os.chdir(pedido["carpeta"])
    del sys.path[0]  # la carpeta del semillero; IPython pone la suya
    sys.argv = ["ipykernel_launcher.py", "-f", pedido["archivo"]]
    threading.Thread(target=_obedecer, args=(conexion, vida), daemon=True).start()
    try:
        from ipykernel.kernelapp import launch_new_instance

        launch_new_instance(sys.argv[1:])
    finally:
        os._exit(0)


def _obedecer(conexion: socket.socket, vida: int) -> None:
    """Interrumpe el núcleo si lo pide el recadero; lo mata si él o el semillero muere.

    `vida` es el extremo de lectura de una tubería que se cierra con el semillero.
    """
    while True:
        listos, _, _ = select.select([conexion, vida], [], [])
        if vida in listos or conexion.recv(1) != _INTERRUMPIR:
            os.killpg(0, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGINT)


def pedir(buzon: str, archivo: str) -> None:
    """El recadero: pide un núcleo y espera a que acabe."""
    with socket.socket(socket.AF_UNIX) as conexion:
        conexion.connect(buzon)
        signal.signal(signal.SIGINT, lambda *_: conexion.sendall(_INTERRUMPIR))
        pedido = {
            "archivo": archivo,
            "carpeta": str(Path.cwd()),
            "entorno": dict(os.environ),
        }
        conexion.sendall(json.dumps(pedido).encode() + b"\n")
        while conexion.recv(1):
            pass


if __name__ == "__main__":
    if sys.argv[1] == "servir":
        servir(sys.argv[2], sys.argv[3:])
    else:
        pedir(sys.argv[2], sys.argv[3])
