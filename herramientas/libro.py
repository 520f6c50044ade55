"""`make libro`: construye el sitio entero en `_build/html` y dice qué abrir."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from herramientas import derivar, estado
from herramientas.errores import ErrorHerramientas
from herramientas.fuentes import RAIZ

CONSTRUCCION = Path("_build")


def construir(raiz: Path = RAIZ, limpio: bool = False, silencio: bool = False) -> Path:
    """Construye el sitio y devuelve su primera página.

    Los cuadernos descargables van a `_build/html/cuadernos`, el paquete `gradiente` a
    `_build/html/paquete`. Cualquier aviso de Sphinx es un error. Por defecto solo se
    rehacen las páginas que cambiaron; `limpio` las rehace todas.
    """
    raiz = Path(raiz)
    salida = raiz / CONSTRUCCION
    html = salida / "html"
    if limpio:
        for carpeta in ("html", ".doctrees"):
            shutil.rmtree(salida / carpeta, ignore_errors=True)
    derivar.derivar(salida / "cuadernos", raiz)
    estado.escribir(raiz)
    rueda = empaquetar(raiz)
    orden = [
        *(sys.executable, "-c", "from jupyter_book.cli.main import main; main()"),
        *("build", str(raiz)),
        *("--path-output", str(raiz), "-W", "--keep-going"),
        *(["--quiet"] if silencio else []),
    ]
    codigo = subprocess.run(orden, cwd=raiz, check=False).returncode
    if codigo:
        # Sphinx solo repite los avisos de las páginas que vuelve a leer: sin esto, la
        # siguiente construcción daría por bueno lo que en esta falló.
        shutil.rmtree(salida / ".doctrees", ignore_errors=True)
        raise ErrorHerramientas(
            "el sitio no se ha construido: los avisos de arriba son errores; "
            "corrígelos y repite «make libro»"
        )
    _copiar(salida / "cuadernos", html / "cuadernos")
    shutil.rmtree(html / "paquete", ignore_errors=True)
    (html / "paquete").mkdir(parents=True)
    shutil.copy2(rueda, html / "paquete" / rueda.name)
    return html / "index.html"


def empaquetar(raiz: Path = RAIZ) -> Path:
    """Construye sin red el paquete `gradiente` y devuelve su archivo `.whl`."""
    raiz = Path(raiz)
    carpeta = raiz / CONSTRUCCION / "paquete"
    shutil.rmtree(carpeta, ignore_errors=True)
    with tempfile.TemporaryDirectory() as copia:
        # Fuera del repositorio: setuptools deja restos y los reaprovecha.
        for nombre in ("pyproject.toml", "README.md", "LICENSE"):
            if (raiz / nombre).exists():
                shutil.copy(raiz / nombre, copia)
        basura = shutil.ignore_patterns("__pycache__")
        shutil.copytree(raiz / "gradiente", Path(copia) / "gradiente", ignore=basura)
        orden = [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"),
            *("--no-build-isolation", "--no-index", "--disable-pip-version-check"),
            *("--wheel-dir", str(carpeta), copia),
        ]
        hecho = subprocess.run(orden, capture_output=True, text=True, check=False)
    ruedas = list(carpeta.glob("gradiente-*.whl"))
    if hecho.returncode or len(ruedas) != 1:
        raise ErrorHerramientas(
            f"no se ha podido empaquetar gradiente:\n{hecho.stderr.strip()}"
        )
    esperada = derivar.url_paquete(raiz).rpartition("/")[2]
    if ruedas[0].name != esperada:
        raise ErrorHerramientas(
            f"el paquete se llama {ruedas[0].name} y los cuadernos piden {esperada}; "
            "revisa la versión en gradiente/__init__.py y pyproject.toml"
        )
    return ruedas[0]


def _copiar(origen: Path, destino: Path) -> None:
    shutil.rmtree(destino, ignore_errors=True)
    shutil.copytree(origen, destino)


def configurar(subparser: argparse.ArgumentParser) -> None:
    """Define las opciones de la orden `libro`."""
    subparser.add_argument(
        "--limpio", action="store_true", help="rehace todas las páginas"
    )


def ejecutar(args: argparse.Namespace) -> int:
    """Orden `libro`."""
    inicio = time.monotonic()
    portada = construir(args.raiz, args.limpio)
    print(f"\nLibro construido en {time.monotonic() - inicio:.0f} s. Ábrelo en:")
    print(f"  {portada.resolve().as_uri()}")
    return 0
