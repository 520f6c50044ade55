"""El entorno de referencia en que se ejecuta todo cuaderno, escrito una sola vez.

`python -m herramientas entorno` lo imprime para la terminal; `… entorno -- orden`
ejecuta una orden en él. Lo usan `make cuadernos`, nbval y la integración continua.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from herramientas import RAIZ

#: Variables que fijan qué números salen: hilos, instrucciones, semillas, dispositivo.
ENTORNO: dict[str, str] = {
    # Un hilo por biblioteca: el paralelismo está entre cuadernos, no dentro.
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "NPROC": "1",  # lo que mira JAX para sus hilos; la bandera de XLA no le basta
    # oneDNN reordena sumas según la máquina.
    "TF_ENABLE_ONEDNN_OPTS": "0",
    # Siempre en CPU, también donde hay GPU.
    "CUDA_VISIBLE_DEVICES": "",
    "JAX_PLATFORMS": "cpu",
    "KERAS_BACKEND": "tensorflow",
    # Sin ruido de arranque: lo que una celda escriba en stderr es suyo.
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "PYTHONHASHSEED": "0",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}

#: Otros juegos de instrucciones y de hilos en que las salidas deben ser las mismas.
CARRILES: dict[str, dict[str, str]] = {
    "sse": {
        "ATEN_CPU_CAPABILITY": "default",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "DNNL_MAX_CPU_ISA": "SSE41",
        "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
        "OPENBLAS_CORETYPE": "Nehalem",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
        "XLA_FLAGS": f"{ENTORNO['XLA_FLAGS']} --xla_cpu_max_isa=SSE4_2",
    },
    "dos-hilos": {
        "OMP_NUM_THREADS": "2",
        "MKL_NUM_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "2",
        "NUMEXPR_NUM_THREADS": "2",
        "TF_NUM_INTRAOP_THREADS": "2",
        "TF_NUM_INTEROP_THREADS": "2",
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=true",
        "NPROC": "2",
    },
}

#: TensorFlow y XLA escriben al cargarse en el descriptor 2, sin que nada lo calle; no
#: es salida de ninguna celda. Los avisos de Python y lo que se imprime sí llegan.
_PERFIL = "c.IPKernelApp.capture_fd_output = False\n"

#: Prefijos de las variables del usuario que cambiarían los números y se descartan.
_AJENAS = (
    *("ATEN_", "DNNL_", "GOMP_", "JAX_", "KERAS_", "KMP_", "MKL_", "MPL", "NPY_"),
    *("NUMEXPR_", "OMP_", "ONEDNN_", "OPENBLAS_", "PYTORCH_", "TF_", "TORCH_", "XLA_"),
    *("IPYTHON", "PYTHONWARNINGS", "PYTHONSTARTUP"),
)


def variables(
    carpeta: Path,
    carril: str | None = None,
    base: Mapping[str, str] | None = None,
    raiz: Path = RAIZ,
) -> dict[str, str]:
    """Entorno completo de un proceso: el del usuario, depurado, más el de referencia.

    `carpeta` es un directorio desechable donde las bibliotecas dejan su configuración,
    de modo que la del usuario no cuente.
    """
    base = os.environ if base is None else base
    limpio = {k: v for k, v in base.items() if not k.startswith(_AJENAS)}
    caminos = [str(Path(raiz).resolve()), *filter(None, [base.get("PYTHONPATH")])]
    if datos := base.get("GRADIENTE_DATOS"):  # cada kernel arranca en otra carpeta
        limpio["GRADIENTE_DATOS"] = str(Path(datos).resolve())
    return {
        **limpio,
        **ENTORNO,
        **(CARRILES[carril] if carril else {}),
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(caminos)),
        "KERAS_HOME": str(carpeta / "keras"),
        "MPLCONFIGDIR": str(carpeta / "matplotlib"),
        "IPYTHONDIR": str(carpeta / "ipython"),
    }


@contextmanager
def entorno(carril: str | None = None, raiz: Path = RAIZ) -> Iterator[dict[str, str]]:
    """Da el entorno completo mientras dura el bloque; luego borra su carpeta."""
    with tempfile.TemporaryDirectory(
        prefix="gradiente-", ignore_cleanup_errors=True
    ) as carpeta:
        for nombre in ("keras", "matplotlib", "ipython/profile_default"):
            (Path(carpeta) / nombre).mkdir(parents=True)
        (Path(carpeta) / "ipython/profile_default/ipython_kernel_config.py").write_text(
            _PERFIL, encoding="utf-8"
        )
        _poner_letras(Path(carpeta) / "matplotlib")
        yield variables(Path(carpeta), carril, raiz=raiz)


def guardar_compilado(carpeta: Path | str) -> dict[str, str]:
    """Variables con que JAX guarda en `carpeta` lo que compila y lo encuentra después.

    Es para lo que rehace muchas veces los mismos programas. La carpeta debe ser de una
    sola ejecución y de un solo carril: lo compilado es de esta máquina y de ese
    juego de instrucciones.
    """
    return {
        "JAX_COMPILATION_CACHE_DIR": str(carpeta),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }


def _poner_letras(carpeta: Path) -> None:
    """Deja en `carpeta` la lista de letras de matplotlib, que se hace una sola vez.

    Si no, la haría cada cuaderno y, con la máquina ocupada, lo anunciaría en stderr.
    """
    guardada = RAIZ / "_build" / "matplotlib"
    if not any(guardada.glob("fontlist-*.json")):
        guardada.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [sys.executable, "-c", "import matplotlib.font_manager"],
            env={**os.environ, "MPLCONFIGDIR": str(guardada)},
            capture_output=True,
            check=False,
        )
    for lista in guardada.glob("fontlist-*.json"):
        shutil.copy2(lista, carpeta)


def configurar(subparser: argparse.ArgumentParser) -> None:
    """Define las opciones de la orden `entorno`."""
    subparser.add_argument(
        "--carril", choices=sorted(CARRILES), help="otro juego de instrucciones o hilos"
    )
    subparser.add_argument(
        "orden", nargs=argparse.REMAINDER, help="-- orden que se ejecuta en el entorno"
    )


def ejecutar(args: argparse.Namespace) -> int:
    """Imprime el entorno como `export …`, o ejecuta una orden en él."""
    orden = args.orden[1:] if args.orden[:1] == ["--"] else args.orden
    if not orden:
        for nombre, valor in {**ENTORNO, **CARRILES.get(args.carril, {})}.items():
            print(f"export {nombre}={shlex.quote(valor)}")
        return 0
    with entorno(args.carril) as completo:
        try:
            return subprocess.run(orden, env=completo, check=False).returncode
        except FileNotFoundError:
            print(f"No se encuentra la orden «{orden[0]}».")
            return 127
